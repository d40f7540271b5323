/** What can be asked of the clock. Each shows at once what came of it, and tells it. */

import { type Clock, realClock, type TravelProgress } from "../api/clock";
import { receiveStatus, refreshStatus, serverNow, status } from "./status";
import { toast } from "./toasts";
import { realTimeText, travelText } from "./travel-text";

export async function travel(journey: () => Promise<TravelProgress>): Promise<void> {
  const before = serverNow();
  try {
    const progress = await journey();
    toast(travelText(before, progress));
  } finally {
    // Also a journey that gave up may have come a long way.
    await refreshStatus();
  }
}

export async function changeClock(change: () => Promise<Clock>, text: (clock: Clock) => string): Promise<void> {
  const clock = await change();
  if (status.value) receiveStatus({ ...status.value, clock });
  toast(text(clock));
}

/** The quick way back, as far as there is one without starting over. */
export const backToRealTime = (): Promise<void> => changeClock(realClock, realTimeText);
