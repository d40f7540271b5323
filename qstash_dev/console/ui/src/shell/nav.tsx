/** The navigation between pages. */

import { signal } from "@preact/signals";
import { Icon } from "../components/icon";
import { PAGES } from "../pages";
import { href, route } from "../router";

export const navOpen = signal(false);

export function Nav() {
  return (
    <nav id="nav" aria-label="Pages" class={navOpen.value ? "open" : ""}>
      <ul>
        {PAGES.map(({ path, title, icon }) => (
          <li key={path}>
            <a
              href={href(path)}
              aria-current={route.value.page === path ? "page" : undefined}
              onClick={() => (navOpen.value = false)}
            >
              <Icon name={icon} />
              <span>{title}</span>
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
