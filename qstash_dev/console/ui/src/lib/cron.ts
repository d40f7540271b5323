/** Cron expressions in words. Only the server computes when a schedule is due. */

import cronstrue from "cronstrue";

/** `CRON_TZ=Europe/Berlin 0 9 * * *` without its zone. */
export function withoutZone(cron: string): string {
  return cron.replace(/^(?:CRON_)?TZ=\S*\s*/, "");
}

/** `At 09:00, Monday through Friday`; empty for an expression that cannot be described. */
export function cronInWords(cron: string): string {
  const expression = withoutZone(cron);
  if (expression.startsWith("@every ")) return `Every ${expression.slice("@every ".length).trim()}`;
  try {
    return cronstrue.toString(expression.replaceAll("?", "*"), { use24HourTimeFormat: true });
  } catch {
    return "";
  }
}
