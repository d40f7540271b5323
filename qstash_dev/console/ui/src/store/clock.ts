/** Actions on the server's clock. Each updates the status at once and shows a toast. */

import { realClock } from "../api/clock";
import type { Clock, TravelProgress } from "../api/types";
import { receiveStatus, refreshStatus, serverNow, status } from "./status";
import { toast } from "./toasts";
import { realTimeText, travelText } from "./travel-text";

export async function travel(advance: () => Promise<TravelProgress>): Promise<void> {
  const before = serverNow();
  try {
    const progress = await advance();
    toast(travelText(before, progress));
  } finally {
    // Travel that ended with an error may have moved the clock all the same.
    await refreshStatus();
  }
}

export async function changeClock(change: () => Promise<Clock>, text: (clock: Clock) => string): Promise<void> {
  const clock = await change();
  if (status.value) receiveStatus({ ...status.value, clock });
  toast(text(clock));
}

/** Lets the clock run in real time; a clock that is ahead goes back only by a reset. */
export const backToRealTime = (): Promise<void> => changeClock(realClock, realTimeText);
