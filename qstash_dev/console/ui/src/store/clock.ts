/** What can be asked of the clock. Each shows at once what came of it, and tells it. */

import { type Clock, type Progress, realClock } from "../api/clock";
import { heardStatus, refreshStatus, serverNow, status } from "./status";
import { announce } from "./toasts";
import { arrivedText, realText } from "./travel-text";

export async function travel(journey: () => Promise<Progress>): Promise<void> {
  const before = serverNow();
  try {
    const progress = await journey();
    announce(arrivedText(before, progress));
  } finally {
    // Also a journey that gave up may have come a long way.
    await refreshStatus();
  }
}

export async function changeClock(change: () => Promise<Clock>, told: (clock: Clock) => string): Promise<void> {
  const clock = await change();
  if (status.value) heardStatus({ ...status.value, clock });
  announce(told(clock));
}

/** The quick way back, as far as there is one without starting over. */
export const backToReal = (): Promise<void> => changeClock(realClock, realText);
