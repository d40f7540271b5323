"""What is made when a wheel is built: the console, and the README that package indexes show.

The console's libraries come from npm, so that none of them is in the repository. ``QSTASH_DEV_CONSOLE=require`` makes
it an error if that cannot be done; ``skip`` leaves the console out.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

CONSOLE = "qstash_dev/console"
LEFT_OUT = "The console is left out of this wheel, everything else works"
_SHOWN = 2_000


# A link or a picture that is a path in the repository, and no address.
_IN_REPOSITORY = re.compile(r"(!?)\[([^\]]*)\]\((?!https?://|#)[^)\s]+\)")


class CannotBuild(Exception):
    """The text says what is missing."""


class ConsoleBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs npm on a copy of the console's sources and puts what it makes into the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before the files are collected. An ``editable`` version uses what is in the clone."""
        wanted = os.environ.get("QSTASH_DEV_CONSOLE", "")
        if version == "editable" or wanted == "skip":
            return
        self._folder = tempfile.mkdtemp(prefix="qstash-dev-console-")
        try:
            static = build(Path(self.root, CONSOLE, "ui"), Path(self._folder))
        except CannotBuild as error:
            if wanted == "require":
                raise
            self.app.display_warning(f"{LEFT_OUT}: {error}")
            return
        build_data["force_include"][str(static)] = f"{CONSOLE}/static"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Called when the wheel is written."""
        if folder := getattr(self, "_folder", None):
            shutil.rmtree(folder, ignore_errors=True)


class ReadmeHook(MetadataHookInterface):
    """Sets the long description of the package."""

    def update(self, metadata: dict[str, Any]) -> None:
        text = Path(self.root, "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": readable_anywhere(text)}


def readable_anywhere(readme: str) -> str:
    """The text where the repository's files are not beside it: without their pictures, and with the names of what it
    links to."""
    return _IN_REPOSITORY.sub(lambda link: "" if link[1] else link[2], readme)


def build(sources: Path, folder: Path) -> Path:
    """The files of the console, made in ``folder``.

    Raises:
        CannotBuild: there is no Node, or npm failed.
    """
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise CannotBuild("Node 20 or newer is not installed")
    copy = folder / "ui"
    shutil.copytree(sources, copy, ignore=shutil.ignore_patterns("node_modules"))
    # Only what goes into the bundle, and what makes it: no tools for tests.
    for command in ([npm, "ci", "--omit=dev", "--no-audit", "--no-fund"], [npm, "run", "build"]):
        made = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
        if made.returncode != 0:
            raise CannotBuild(f"{' '.join(command[1:3])} failed: {(made.stderr or made.stdout).strip()[-_SHOWN:]}")
    return folder / "static"
