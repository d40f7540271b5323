/** The navigation between pages. */

import { signal } from "@preact/signals";
import { Icon } from "../components/icon";
import { count, plural } from "../lib/format";
import { PAGES } from "../pages";
import type { Page } from "../pages/page";
import { href, route } from "../router";

const MOST_SHOWN = 999;

export const navOpen = signal(false);

export function Nav() {
  return (
    <nav id="nav" aria-label="Pages" class={navOpen.value ? "open" : ""}>
      <ul>
        {PAGES.map(({ path, title, icon, badge }) => (
          <li key={path}>
            <a
              href={href(path)}
              aria-current={route.value.page === path ? "page" : undefined}
              onClick={() => (navOpen.value = false)}
            >
              <Icon name={icon} />
              <span>{title}</span>
              {badge && badge.count.value > 0 && <Badge {...badge} />}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Badge({ count: { value }, what }: NonNullable<Page["badge"]>) {
  return (
    <strong class="nav-count" title={plural(value, what)}>
      {value > MOST_SHOWN ? `${count(MOST_SHOWN)}+` : count(value)}
    </strong>
  );
}
