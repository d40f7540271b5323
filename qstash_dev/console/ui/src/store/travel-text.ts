/** Time travel in words: what the user types, how far the clock went, and how it runs now. */

import type { Clock, TravelProgress } from "../api/types";
import { count, duration, exactTime, plural } from "../lib/format";

export const SPEEDS = ["10", "60", "600", "3600"];

/** The input as a duration or a time. A text that begins with a date is a time, in the zone of the browser unless it has an offset. */
export function travelTarget(text: string): { by: string } | { to: string } {
  const given = text.trim();
  if (!/^\d{4}-\d{2}-\d{2}/.test(given)) return { by: /^\d+(\.\d+)?$/.test(given) ? `${given}s` : given };
  const withTime = /^\d{4}-\d{2}-\d{2}$/.test(given) ? `${given}T00:00` : given.replace(" ", "T");
  const at = Date.parse(withTime);
  return { to: Number.isNaN(at) ? given : new Date(at).toISOString() };
}

/** `Travelled 3 h: 2 stops, 5 attempts.` */
export function travelText(before: number, { now, steps, attempts, failed, aborted, stopped }: TravelProgress): string {
  const ms = now - before;
  const way = `${stopped ? "Stopped. " : ""}${ms < 500 ? "The clock stays where it is" : `Travelled ${duration(ms)}`}`;
  if (steps === 0 && attempts === 0) return `${way}: nothing was due.`;
  const calls = `${plural(attempts, "attempt")}${failed > 0 ? `, ${count(failed)} failed` : ""}${aborted ? `, ${count(aborted)} aborted` : ""}`;
  return `${way}: ${plural(steps, "stop")}, ${calls}.`;
}

/** How the clock runs, in one sentence. */
export function clockModeText(clock: Clock): string {
  const { mode, offset, scale } = clock;
  if (mode === "real") return "The clock runs in real time.";
  const away = `${wholeSeconds(offset)} ${offset < 0 ? "behind" : "ahead of"} real time`;
  if (mode === "travelled") return `The clock runs in real time, but ${away}.`;
  const isNear = Math.abs(offset) < 1500;
  if (mode === "paused") return `The clock stands still${isNear ? "" : `, ${away}`}. Nothing falls due until it moves.`;
  return `The clock runs ${scale} times as fast as real time${isNear ? "" : `, ${away} by now`}.`;
}

/** The size of an offset in whole seconds: milliseconds of it are only the time that the request took. */
export function wholeSeconds(offset: number): string {
  const seconds = Math.round(Math.abs(offset) / 1000);
  return seconds < 10 ? `${seconds} s` : duration(seconds * 1000);
}

/** The error for a limit of "run all"; empty if it is valid. */
export function limitError(text: string, most: number): string {
  const value = Number(text);
  return text.trim() !== "" && value > 0 && value <= most ? "" : `Use a number above 0, at most ${most.toLocaleString("en")}`;
}

/** The outcome of "Back to real time": a clock that is ahead stays ahead. */
export function realTimeText(clock: Clock): string {
  if (clock.mode === "real") return "The clock is real time again.";
  return `The clock runs in real time and stays ahead: it is ${exactTime(clock.now).slice(0, 19)}. Only starting over sets it back.`;
}
