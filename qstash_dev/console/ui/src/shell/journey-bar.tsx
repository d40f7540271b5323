/** The bar below the header for a time travel: its progress, what it waits for, and why it did not arrive. */

import { useEffect } from "preact/hooks";
import { stopTravel } from "../api/clock";
import { abortCall } from "../api/messages";
import type { CallInFlight, Travel } from "../api/types";
import { ActionButton, Button } from "../components/button";
import { Icon } from "../components/icon";
import { count, duration, exactTime, plural, shortUrl } from "../lib/format";
import { href, ofUser, route, user } from "../router";
import { abortAndGoOn, type TravelProblem, travelProblem } from "../store/clock";
import { status } from "../store/status";
import { toast } from "../store/toasts";

/** Shorter travels and calls would only flicker. */
const SHOWN_MS = 300;
const WAITS_MS = 800;
const SHOWN_CALLS = 5;
const EXPIRES_MS = 120_000;

export function JourneyBar() {
  const travel = status.value?.clock.travel;
  if (travel && travel.elapsedMs >= SHOWN_MS) return <Progress travel={travel} />;
  return travelProblem.value && <Problem problem={travelProblem.value} />;
}

function Progress({ travel }: { travel: Travel }) {
  const { from, to, now, stops, deliveries, failed, waitsFor } = travel;
  return (
    <section class="journey" aria-label="Time travel">
      <Icon name="travel" />
      <div class="told">
        <p>
          <strong>Travelling{to !== undefined && ` to ${shown(to)}`}</strong>: at {shown(now)} after{" "}
          {plural(stops, "stop")}, {plural(deliveries, "delivery", "deliveries")}
          {failed > 0 && `, ${count(failed)} failed`}
        </p>
        {to !== undefined && <progress aria-label="Way travelled" max={1} value={to > from ? (now - from) / (to - from) : 1} />}
        {waitsFor && waitsFor.runningMs >= WAITS_MS && (
          <p>
            It waits for <Call call={waitsFor} />{" "}
            <ActionButton text="Abort the call and go on" icon="cross" action={() => abort(waitsFor)} />
          </p>
        )}
      </div>
      <ActionButton text="Stop" icon="stop" hint="Stay at the time that is reached; calls in flight go on" action={stop} />
    </section>
  );
}

function Problem({ problem }: { problem: TravelProblem }) {
  const { text, inFlight, waiting, goOn } = problem;
  useExpiry(problem);
  const one = inFlight.length === 1;
  return (
    <section class="journey problem-of" role="alert" aria-label="Time travel">
      <Icon name="warning" />
      <div class="told">
        {inFlight.length === 0 ? (
          <p>{text}</p>
        ) : (
          <>
            <p>
              <strong>The time travel has not arrived</strong>: {one ? "a call has" : `${plural(inFlight.length, "call")} have`} not
              been answered
              {waiting > 0 && `, and ${plural(waiting, "message waits", "messages wait")} for a turn behind ${one ? "it" : "them"}`}
            </p>
            <ul>
              {inFlight.slice(0, SHOWN_CALLS).map((call) => (
                <li key={call.messageId}>
                  <Call call={call} />
                </li>
              ))}
              {inFlight.length > SHOWN_CALLS && <li>and {count(inFlight.length - SHOWN_CALLS)} more</li>}
            </ul>
          </>
        )}
        <div class="toolbar">
          {inFlight.length > 0 && (
            <ActionButton
              text={one ? "Abort the call and go on" : "Abort these calls and go on"}
              icon="cross"
              kind="main"
              action={() => abortAndGoOn(problem)}
            />
          )}
          <ActionButton text={inFlight.length > 0 ? "Go on and wait" : "Go on"} icon="travel" action={goOn} />
        </div>
      </div>
      <Button text="Dismiss" icon="cross" kind="quiet" iconOnly onClick={() => (travelProblem.value = null)} />
    </section>
  );
}

/** It is gone after a while, and on another page or for another user. */
function useExpiry(problem: TravelProblem): void {
  const place = JSON.stringify([route.value.page, user.value]);
  const forget = (): void => {
    if (travelProblem.peek() === problem) travelProblem.value = null;
  };
  useEffect(() => {
    const timer = setTimeout(forget, EXPIRES_MS);
    return () => clearTimeout(timer);
  }, [problem]);
  useEffect(() => forget, [problem, place]);
}

function Call({ call: { messageId, user: owner, method, url, runningMs } }: { call: CallInFlight }) {
  return (
    <>
      <a href={href("messages", [messageId], ofUser(owner))}>
        {method} <span class="url">{shortUrl(url)}</span>
      </a>{" "}
      <span class="faint">
        {messageId}, for {duration(runningMs)}
      </span>
    </>
  );
}

const shown = (ms: number): string => exactTime(ms).slice(0, 19);

async function abort({ messageId }: CallInFlight): Promise<void> {
  await abortCall(messageId);
  toast("The call is aborted, and the time travel goes on.");
}

async function stop(): Promise<void> {
  await stopTravel();
}
