/** Cron expressions for people. What they mean, and when they fire next, is the server's business. */

import cronstrue from "cronstrue";

/** `CRON_TZ=Europe/Berlin 0 9 * * *` without its zone. */
export function withoutZone(cron: string): string {
  return cron.replace(/^(?:CRON_)?TZ=\S*\s*/, "");
}

/** `At 09:00, Monday through Friday`; empty if it cannot be said. */
export function cronInWords(cron: string): string {
  const expression = withoutZone(cron);
  if (expression.startsWith("@every ")) return `Every ${expression.slice("@every ".length).trim()}`;
  try {
    return cronstrue.toString(expression.replaceAll("?", "*"), { use24HourTimeFormat: true });
  } catch {
    return "";
  }
}
