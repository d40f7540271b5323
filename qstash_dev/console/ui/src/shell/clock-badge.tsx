/** The badge of the clock in the header, prominent while the server's time is not real time. */

import type { Clock, ClockMode } from "../api/types";
import { ActionButton } from "../components/button";
import { Icon, type IconName } from "../components/icon";
import { exactTime } from "../lib/format";
import { href } from "../router";
import { backToRealTime } from "../store/clock";
import { now, status } from "../store/status";
import { wholeSeconds } from "../store/travel-text";

const ICONS: Record<ClockMode, IconName> = { real: "clock", paused: "pause", scaled: "fast", travelled: "travel" };

export function clockText(clock: Clock): string {
  const { mode } = clock;
  const ahead = `${wholeSeconds(clock.offset)} ${clock.offset < 0 ? "behind" : "ahead"}`;
  if (mode === "real") return "Real time";
  if (mode === "paused") return "Clock paused";
  return mode === "scaled" ? `Clock × ${clock.scale}` : `Clock ${ahead}`;
}

export function ClockBadge() {
  const clock = status.value?.clock;
  if (!clock) return null;
  const { mode } = clock;
  const loud = mode !== "real";
  return (
    <>
      <a class={`clock-badge ${loud ? "loud" : ""}`} href={href("clock")} title={`Server time: ${exactTime(now.value)}`}>
        <Icon name={ICONS[mode]} />
        <span>{clockText(clock)}</span>
        {loud && <span class="clock-time">{exactTime(now.value).slice(0, 19)}</span>}
      </a>
      {loud && <BackToRealTime clock={clock} />}
    </>
  );
}

/** The way back to real time. A clock that is ahead goes back only by a reset, which asks first. */
function BackToRealTime({ clock }: { clock: Clock }) {
  if (clock.mode === "travelled" && clock.offset > 0) {
    return (
      <a
        class="button plain clock-back"
        href={href("clock", ["start-over"], { clock: "real" })}
        title="A clock that is ahead goes back only by starting over; you are asked first"
      >
        Back to real time …
      </a>
    );
  }
  return (
    <span class="clock-back-box">
      <ActionButton text="Back to real time" hint="Run in real time" action={backToRealTime} />
    </span>
  );
}
