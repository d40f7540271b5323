/** The status of the server: its clock, the message counts of each user, and its set-up. */

import { batch, computed, signal } from "@preact/signals";
import { getSetup } from "../api/setup";
import { getStatus } from "../api/status";
import type { Setup, Status, UserStatus } from "../api/types";
import { user } from "../router";

export const status = signal<Status | null>(null);
export const setup = signal<Setup | null>(null);
/** The server's time as last received, and the time of the browser (`at`) when it was. */
const received = signal({ now: Date.now(), real: Date.now(), at: 0, rate: 1 });

/** The server's time, updated once a second while the page is visible. */
export const now = signal(Date.now());

/** Real time on the machine of the server, updated in the same way. */
export const realNow = signal(Date.now());

export const userStatus = computed<UserStatus | null>(
  () => status.value?.users.find(({ name }) => name === user.value) ?? null,
);

/** The number of refused calls, whoever made them. Those that only ask again and again for what is missing do not count. */
export const refusedCalls = computed(() =>
  (status.value?.users ?? []).reduce((sum, { refused }) => sum + refused, status.value?.unknownRefused ?? 0),
);

export const userSetup = computed(() => setup.value?.users.find(({ name }) => name === user.value) ?? null);

export function receiveStatus(news: Status): void {
  status.value = news;
  const { now, offset, paused, scale } = news.clock;
  received.value = { now, real: now - offset, at: performance.now(), rate: paused ? 0 : scale };
  tick();
}

/** The time of the server's clock, in unix milliseconds. */
export function serverNow(): number {
  const { now, at, rate } = received.value;
  return now + (performance.now() - at) * rate;
}

export async function refreshStatus(): Promise<void> {
  receiveStatus(await getStatus());
}

export async function refreshSetup(): Promise<void> {
  setup.value = await getSetup();
}

export function startTicking(): void {
  setInterval(() => {
    if (!document.hidden) tick();
  }, 1000);
}

function tick(): void {
  const { real, at } = received.value;
  batch(() => {
    now.value = serverNow();
    realNow.value = real + performance.now() - at;
  });
}
