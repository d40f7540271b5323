/** The header: the chosen user, message counts, the clock, the connection and the theme. */

import { useState } from "preact/hooks";
import { Button } from "../components/button";
import { Icon, type IconName } from "../components/icon";
import { count } from "../lib/format";
import { chooseTheme, savedTheme, type Theme, THEMES } from "../lib/theme";
import { DEFAULT_USER, href, navigate, route, user } from "../router";
import { connection, type Connection } from "../store/feed";
import { setup, status, userStatus } from "../store/status";
import { ClockBadge } from "./clock-badge";
import { helpOpen } from "./help";
import { navOpen } from "./nav";

export function Header() {
  return (
    <header class="top">
      <button
        type="button"
        class="button quiet icon-only nav-toggle"
        aria-label="Pages"
        aria-expanded={navOpen.value}
        aria-controls="nav"
        onClick={() => (navOpen.value = !navOpen.value)}
      >
        <Icon name="menu" />
      </button>
      <a class="brand" href={href("messages")}>
        qstash-dev
      </a>
      <UserSwitch />
      <Counts />
      <div class="top-end">
        <ClockBadge />
        <ConnectionState />
        <ThemeButton />
        <Button text="Keyboard and help" icon="help" kind="quiet" iconOnly onClick={() => (helpOpen.value = true)} />
      </div>
    </header>
  );
}

function UserSwitch() {
  const names = (setup.value?.users ?? status.value?.users ?? [{ name: user.value }]).map(({ name }) => name);
  const known = names.includes(user.value) ? names : [...names, user.value];
  return (
    <label class="user">
      <span class="visually-hidden">User</span>
      <Icon name="user" />
      <select
        value={user.value}
        onChange={(event) => navigate(href(route.value.page, [], { user: event.currentTarget.value === DEFAULT_USER ? "" : event.currentTarget.value }))}
      >
        {known.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

function Counts() {
  const { inFlight = 0, due = 0, failed = 0 } = userStatus.value ?? {};
  return (
    <ul class="counts" aria-label="Message counts">
      <Count name="In flight" value={inFlight} tone="busy" hint="Delivery attempts in flight" to={href("messages", [], { state: "ACTIVE" })} />
      <Count
        name="Due"
        value={due}
        tone="wait"
        hint="Waiting for a queue, a flow control key or a connection"
        to={href("messages", [], { due: "now" })}
      />
      <Count name="Failed" value={failed} tone="bad" hint="In the dead letter queue" to={href("dlq")} />
    </ul>
  );
}

interface CountProps {
  name: string;
  value: number;
  tone: string;
  hint: string;
  to: string;
}

function Count({ name, value, tone, hint, to }: CountProps) {
  return (
    <li>
      <a class={value > 0 ? tone : "none"} title={hint} href={to}>
        <span>{name}</span>
        <strong>{count(value)}</strong>
      </a>
    </li>
  );
}

const CONNECTIONS: Record<Connection, { text: string; icon: IconName; hint: string }> = {
  live: { text: "Live", icon: "live", hint: "Changes are shown at once" },
  connecting: { text: "Connecting", icon: "wait", hint: "Waiting for the server" },
  lost: { text: "Disconnected", icon: "lost", hint: "The server does not answer; trying again" },
  paused: { text: "Paused", icon: "pause", hint: "No changes are received while the page is hidden" },
};

function ConnectionState() {
  const { text, icon, hint } = CONNECTIONS[connection.value];
  return (
    <span class={`connection ${connection.value}`} role="status" title={hint}>
      <Icon name={icon} />
      <span>{text}</span>
    </span>
  );
}

function ThemeButton() {
  const [theme, setTheme] = useState<Theme>(savedTheme());
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "system";
  const choose = (): void => {
    chooseTheme(next);
    setTheme(next);
  };
  return (
    <Button
      text={`Theme: ${theme}`}
      hint={`Theme: ${theme}. Press for ${next}.`}
      icon={theme}
      kind="quiet"
      iconOnly
      onClick={choose}
    />
  );
}
