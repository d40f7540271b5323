/** Toasts: short notices at the edge of the page with the outcome of an action. */

import { signal } from "@preact/signals";

export interface Toast {
  id: number;
  kind: "done" | "problem";
  text: string;
  link?: { href: string; text: string };
}

const DONE_MS = 6000;
/** Long enough to read the longest error twice. */
const PROBLEM_MS = 30_000;
const MOST = 4;

export const toasts = signal<Toast[]>([]);
let made = 0;

/** Shows a notice that disappears by itself; what it says can be found elsewhere as well. */
export function toast(text: string, link?: Toast["link"]): void {
  const id = add({ kind: "done", text, ...(link && { link }) });
  setTimeout(() => dismiss(id), DONE_MS);
}

/** Shows an error, which stays for half a minute unless it is dismissed before. */
export function toastError(text: string): void {
  const id = add({ kind: "problem", text });
  setTimeout(() => dismiss(id), PROBLEM_MS);
}

export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

function add(toast: Omit<Toast, "id">): number {
  made += 1;
  toasts.value = [...toasts.value, { id: made, ...toast }].slice(-MOST);
  return made;
}
