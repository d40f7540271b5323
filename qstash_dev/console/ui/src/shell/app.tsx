/** The frame around every page: header, navigation, help and toasts. */

import { useLayoutEffect, useRef } from "preact/hooks";
import { Toasts } from "../components/toasts";
import { useShortcuts } from "../lib/keyboard";
import { PAGES } from "../pages";
import { FIRST_PAGE, route } from "../router";
import { Header } from "./header";
import { Help, helpOpen } from "./help";
import { JourneyBar } from "./journey-bar";
import { Nav } from "./nav";
import { PageNotFound } from "./page-not-found";
import { StatusAnnouncer } from "./status-announcer";

export function App() {
  useShortcuts([{ key: "?", text: "Show this help", run: () => (helpOpen.value = true) }]);
  const { page: path } = route.value;
  const page = PAGES.find((one) => one.path === path);
  const title = page?.title ?? "Not found";
  const main = usePageFocus(path, title);
  return (
    <>
      {/* Not a link: the router would take its fragment for an address. */}
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to the page
      </button>
      <Header />
      <JourneyBar />
      <div class="frame">
        <Nav />
        <main ref={main} tabIndex={-1} aria-labelledby="title">
          <h1 id="title" class="visually-hidden">
            {title}
          </h1>
          {page ? <page.View key={path} /> : <PageNotFound first={FIRST_PAGE} />}
        </main>
      </div>
      <StatusAnnouncer />
      <Toasts />
      {helpOpen.value && <Help onClose={() => (helpOpen.value = false)} />}
    </>
  );
}

/** Sets the title of the document, and moves the focus to a new page. */
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
