import asyncio, sys, shutil
from tests.mistakes import calls
from tests.mistakes.scene import without_certificates
from tests.mistakes.node import running_node
from tests.mistakes.told import shown
import importlib


async def main():
    without_certificates()
    async with running_node(shutil.which("node")) as node:
        for name in sys.argv[1].split(","):
            m = importlib.import_module("tests.mistakes." + name)
            for s in vars(m).values():
                if type(s).__name__ == "Section":
                    for one in s.mistakes:
                        if len(sys.argv) > 2 and sys.argv[2] not in one.said:
                            continue
                        try:
                            found, _ = await one.play(node)
                        except BaseException as e:
                            import traceback

                            print(
                                "!!",
                                one.said,
                                "|",
                                repr(e)[:300],
                                [f"{x.name}:{x.lineno}" for x in traceback.extract_tb(e.__traceback__)[-3:]],
                            )
                            continue
                        main = one.main(found)
                        flag = "NO MAIN" if main is None else ("NO TODO" if not main.todo else "ok")
                        if not found.terminal:
                            flag += " SILENT"
                        print("##", flag, "|", one.said, "|", one.place.name, one.reason)
                        if flag != "ok" or "-v" in sys.argv:
                            print(shown(found)[:3000])


asyncio.run(main())
