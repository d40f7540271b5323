/** Actions on the server's clock. Each updates the status at once and shows a toast. */

import { effect, signal } from "@preact/signals";
import { advance as advanceClock, realClock } from "../api/clock";
import { ApiError } from "../api/http";
import { abortCall } from "../api/messages";
import type { CallInFlight, Clock, TravelProgress } from "../api/types";
import { receiveStatus, refreshStatus, serverNow, status } from "./status";
import { toast } from "./toasts";
import { realTimeText, travelText } from "./travel-text";

/** A time travel that ended before it arrived. */
export interface TravelProblem {
  text: string;
  /** The calls that it waited for, the longest first. */
  inFlight: CallInFlight[];
  /** How many messages waited for their turn behind them. */
  waiting: number;
  /** Travels the rest of the way. */
  goOn: () => Promise<void>;
}

/** The problem of the last time travel; null after one that arrived, and as soon as it is dismissed. */
export const travelProblem = signal<TravelProblem | null>(null);

/** Travels through time. What keeps it from arriving becomes a `TravelProblem`; a request that is wrong throws an ApiError. */
export async function travel(advance: () => Promise<TravelProgress>): Promise<void> {
  const before = serverNow();
  let to: number | undefined;
  const watching = effect(() => {
    to = status.value?.clock.travel?.to ?? to;
  });
  travelProblem.value = null;
  try {
    toast(travelText(before, await advance()));
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 409) throw error;
    const { message: text, inFlight, waiting } = error;
    // It has come some way: the same duration once more would go too far.
    const rest = to;
    const goOn = (): Promise<void> => travel(rest === undefined ? advance : () => advanceClock({ to: rest }));
    travelProblem.value = { text, inFlight, waiting, goOn };
  } finally {
    watching();
    // Travel that ended with an error may have moved the clock all the same.
    await refreshStatus();
  }
}

/** Ends the calls that the time travel waited for, and travels the rest of the way. */
export async function abortAndGoOn({ inFlight, goOn }: TravelProblem): Promise<void> {
  // One that has ended meanwhile is in nobody's way.
  await Promise.allSettled(inFlight.map(({ messageId }) => abortCall(messageId)));
  await goOn();
}

export async function changeClock(change: () => Promise<Clock>, text: (clock: Clock) => string): Promise<void> {
  const clock = await change();
  if (status.value) receiveStatus({ ...status.value, clock });
  toast(text(clock));
}

/** Lets the clock run in real time; a clock that is ahead goes back only by a reset. */
export const backToRealTime = (): Promise<void> => changeClock(realClock, realTimeText);
