/** The clock card: the server's time, time travel, pause and speed. */

import { useState } from "preact/hooks";
import { advance, pauseClock, runAll, runClock, travelToNext } from "../../api/clock";
import { errorMessage } from "../../api/http";
import type { Clock, ClockMode } from "../../api/types";
import { Badge, type BadgeProps } from "../../components/badge";
import { ActionButton, Toolbar } from "../../components/button";
import { SelectField, TextField } from "../../components/field";
import { exactTime } from "../../lib/format";
import { backToRealTime, changeClock, travel } from "../../store/clock";
import { now, realNow, status } from "../../store/status";
import { clockModeText, limitError, SPEEDS, travelTarget } from "../../store/travel-text";

const BADGES: Record<ClockMode, BadgeProps> = {
  real: { tone: "good", icon: "clock", text: "Real time" },
  travelled: { tone: "warn", icon: "travel", text: "Travelled" },
  scaled: { tone: "warn", icon: "fast", text: "Fast" },
  paused: { tone: "warn", icon: "pause", text: "Paused" },
};
const STEPS = [
  ["+1 m", "1m", "one minute"],
  ["+1 h", "1h", "one hour"],
  ["+1 d", "1d", "one day"],
] as const;

export function ClockCard() {
  const clock = status.value?.clock;
  if (!clock) return null;
  return (
    <section class="card clock-card" aria-labelledby="clock-title">
      <h2 id="clock-title">Clock</h2>
      <Now clock={clock} />
      <Travel />
      <Pace clock={clock} />
      <RunAll />
    </section>
  );
}

function Now({ clock }: { clock: Clock }) {
  const [date = "", time = ""] = exactTime(now.value).slice(0, 19).split(" ");
  return (
    <div class="now">
      <p class="face">
        <span class="visually-hidden">The server’s time: </span>
        <time dateTime={new Date(now.value).toISOString()}>
          <span class="date">{date}</span> <span class="time">{time}</span>
        </time>
      </p>
      <Badge {...BADGES[clock.mode]} />
      <p class="mode">{clockModeText({ ...clock, offset: now.value - realNow.value })}</p>
      {clock.mode !== "real" && (
        <p class="faint">
          Real time: <span class="numbers">{exactTime(realNow.value).slice(0, 19)}</span>
        </p>
      )}
    </div>
  );
}

function Travel() {
  const [text, setText] = useState("");
  const [error, setError] = useState("");
  const go = async (): Promise<void> => {
    try {
      await travel(() => advance(travelTarget(text)));
    } catch (problem) {
      setError(errorMessage(problem));
    }
  };
  return (
    <div class="group" role="group" aria-label="Travel">
      <h3>Travel</h3>
      <p class="faint">Delivers everything that is due on the way, retries and schedules included.</p>
      <Toolbar label="Steps">
        {STEPS.map(([label, by, words]) => (
          <ActionButton key={by} text={label} hint={`Travel ${words}`} action={() => travel(() => advance({ by }))} />
        ))}
        <ActionButton
          text="To the next event"
          icon="travel"
          hint="Travel to what is due next"
          action={() => travel(travelToNext)}
        />
      </Toolbar>
      <div class="with-button">
        <TextField
          label="Duration or time"
          value={text}
          placeholder="4d, 1h30m, or 2026-12-24 18:00"
          error={error}
          onChange={(value) => {
            setText(value);
            setError("");
          }}
          onEnter={() => text.trim() !== "" && void go()}
        />
        <ActionButton text="Travel" icon="travel" disabled={text.trim() === ""} hint="How far, or to when" action={go} />
      </div>
    </div>
  );
}

function Pace({ clock }: { clock: Clock }) {
  const [speed, setSpeed] = useState("60");
  const paced = !clock.paused && clock.scale === 1;
  return (
    <div class="group" role="group" aria-label="Pace">
      <h3>Pace</h3>
      <Toolbar label="Pace">
        {clock.paused ? (
          <ActionButton text="Run on" icon="play" action={() => changeClock(() => runClock(1), () => "The clock runs on.")} />
        ) : (
          <ActionButton text="Pause" icon="pause" action={() => changeClock(pauseClock, () => "The clock stands still.")} />
        )}
        <ActionButton
          text="Back to real time"
          icon="clock"
          disabled={paced && clock.offset > -1500}
          hint={
            paced && clock.offset > -1500
              ? "It runs in real time already; a clock that is ahead goes back only by starting over"
              : "Run in real time; a clock that is behind catches up first, one that is ahead stays ahead"
          }
          action={backToRealTime}
        />
      </Toolbar>
      <div class="with-button">
        <SelectField
          label="Speed"
          value={speed}
          choices={SPEEDS.map((one): [string, string] => [one, `${one} times real time`])}
          onChange={setSpeed}
        />
        <ActionButton
          text="Run fast"
          icon="fast"
          action={() => changeClock(() => runClock(Number(speed)), () => `The clock runs ${speed} times as fast as real time.`)}
        />
      </div>
    </div>
  );
}

const MOST_STEPS = 1_000_000;
const MOST_SECONDS = 600;

function RunAll() {
  const [steps, setSteps] = useState("1000");
  const [seconds, setSeconds] = useState("5");
  const stepsError = limitError(steps, MOST_STEPS);
  const secondsError = limitError(seconds, MOST_SECONDS);
  return (
    <div class="group" role="group" aria-label="Run until nothing is due">
      <h3>Run until nothing is due</h3>
      <p class="faint">Travels until only recurring schedules are left, and stops at these limits.</p>
      <div class="with-button">
        <TextField label="Stops at most" value={steps} inputMode="numeric" error={stepsError} onChange={setSteps} />
        <TextField label="Seconds at most" value={seconds} inputMode="decimal" error={secondsError} onChange={setSeconds} />
        <ActionButton
          text="Run all"
          icon="fast"
          disabled={stepsError !== "" || secondsError !== ""}
          action={() => travel(() => runAll({ maxSteps: Number(steps), timeout: Number(seconds) }))}
        />
      </div>
    </div>
  );
}
