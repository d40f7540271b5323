/** Preferences of the user of this browser, kept in its local storage. */

const PREFIX = "qstash-dev.";

export function getStored(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}

export function setStored(name: string, value: string): void {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    // Storage is full or forbidden: the choice lasts until the page is closed.
  }
}
