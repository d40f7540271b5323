/** Short news at the edge of the page: what an action came to. */

import { signal } from "@preact/signals";

export interface Toast {
  id: number;
  kind: "done" | "problem";
  text: string;
  link?: { href: string; text: string };
}

const DONE_MS = 6000;
const MOST = 4;

export const toasts = signal<Toast[]>([]);
let made = 0;

/** Goes away by itself; it never holds what cannot be found elsewhere. */
export function toast(text: string, link?: Toast["link"]): void {
  const id = add({ kind: "done", text, ...(link && { link }) });
  setTimeout(() => dismiss(id), DONE_MS);
}

/** Stays until somebody has read it. */
export function toastError(text: string): void {
  add({ kind: "problem", text });
}

export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

function add(toast: Omit<Toast, "id">): number {
  made += 1;
  toasts.value = [...toasts.value, { id: made, ...toast }].slice(-MOST);
  return made;
}
