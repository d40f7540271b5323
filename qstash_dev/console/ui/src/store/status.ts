/** The clock of the server, and what each user's messages are doing. */

import { batch, computed, signal } from "@preact/signals";
import { getSetup, type Setup } from "../api/setup";
import { getStatus, type Status, type UserStatus } from "../api/status";
import { user } from "../router";

export const status = signal<Status | null>(null);
export const setup = signal<Setup | null>(null);
/** The server's time as it was last heard of, and when that was by our own. */
const received = signal({ now: Date.now(), real: Date.now(), at: 0, rate: 1 });

/** Ticks once a second while the page is visible; what shows ages depends on it. */
export const now = signal(Date.now());

/** Ticks as well: what time it really is where the server runs. */
export const realNow = signal(Date.now());

export const userStatus = computed<UserStatus | null>(
  () => status.value?.users.find(({ name }) => name === user.value) ?? null,
);

export const userSetup = computed(() => setup.value?.users.find(({ name }) => name === user.value) ?? null);

export function receiveStatus(news: Status): void {
  status.value = news;
  const { now, offset, paused, scale } = news.clock;
  received.value = { now, real: now - offset, at: performance.now(), rate: paused ? 0 : scale };
  tick();
}

/** Unix milliseconds by the server's clock. */
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
