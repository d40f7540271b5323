/** The frame around every page: header, navigation, help, and news at the edge. */

import { signal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Toasts } from "../components/toasts";
import { useShortcuts } from "../lib/keyboard";
import { PAGES } from "../pages";
import { FIRST_PAGE, route } from "../router";
import { Header } from "./header";
import { Help } from "./help";
import { Missing } from "./missing";
import { Nav } from "./nav";
import { Summary } from "./summary";

export const helpOpen = signal(false);

export function App() {
  useShortcuts([{ key: "?", text: "Show this help", run: () => (helpOpen.value = true) }]);
  const { page: path } = route.value;
  const page = PAGES.find((one) => one.path === path);
  const title = page?.title ?? "Not found";
  const main = usePageFocus(path, title);
  return (
    <>
      {/* A link to the fragment would be taken for a route. */}
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to the page
      </button>
      <Header />
      <div class="frame">
        <Nav />
        <main ref={main} tabIndex={-1} aria-labelledby="title">
          <h1 id="title" class="visually-hidden">
            {title}
          </h1>
          {page ? <page.View key={path} /> : <Missing first={FIRST_PAGE} />}
        </main>
      </div>
      <Summary />
      <Toasts />
      {helpOpen.value && <Help onClose={() => (helpOpen.value = false)} />}
    </>
  );
}

/** Going to another page moves the focus there, as loading it would. */
function usePageFocus(path: string, title: string) {
  const main = useRef<HTMLElement>(null);
  const before = useRef(path);
  useLayoutEffect(() => {
    document.title = `${title} · qstash-dev`;
    if (before.current !== path) main.current?.focus();
    before.current = path;
  }, [path, title]);
  return main;
}
