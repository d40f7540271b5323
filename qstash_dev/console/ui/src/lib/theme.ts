/** The colour scheme: that of the system until light or dark is chosen. */

import { getStored, setStored } from "./storage";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

export function savedTheme(): Theme {
  const saved = getStored("theme");
  return THEMES.find((theme) => theme === saved) ?? "system";
}

export function applyTheme(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export function chooseTheme(theme: Theme): void {
  setStored("theme", theme);
  applyTheme(theme);
}
