/** Limits and start options of the server in words. */

import type { Setup } from "../../api/types";
import { bytes, count, duration } from "../../lib/format";

export type Setting = [name: string, value: string];
type Write = (value: number) => string;

const seconds: Write = (value) => duration(value * 1000);

const QUOTA: [field: string, name: string, write: Write][] = [
  ["max_message_bytes", "Largest body", bytes],
  ["max_retries", "Retries of a message", count],
  ["max_delay_s", "Longest delay", seconds],
  ["max_timeout_s", "Longest attempt", seconds],
  ["max_schedules", "Schedules", count],
  ["max_queues", "Queues", count],
  ["max_queue_parallelism", "Parallelism of a queue", count],
  ["max_url_groups", "URL groups", count],
  ["max_endpoints_per_group", "Endpoints of a URL group", count],
  ["log_retention_s", "Logs are kept for", seconds],
  ["dlq_retention_s", "Dead letters are kept for", seconds],
];

const LIMITS: [field: string, name: string, write: Write][] = [
  ["maxInFlight", "Calls at the same time", count],
  ["finishedMessages", "Finished messages of a user", count],
  ["events", "Log events of a user", count],
  ["deadLetters", "Dead letters of a user", count],
  ["runs", "Finished workflow runs of a user", count],
  ["maxBytes", "Bodies in each of these", bytes],
  ["maxPendingBytes", "Undelivered bodies of a user", bytes],
  ["maxBatchBytes", "Largest batch", bytes],
  ["maxRunEntries", "Steps of a workflow run", count],
];

/** Settings with their labels; one without a label here is shown by its own name. */
function settingsOf(values: Record<string, unknown>, known: [string, string, Write][], skipped: string[]): Setting[] {
  const written = known.flatMap(([field, name, write]): Setting[] => {
    const value = values[field];
    if (value === undefined) return [];
    return [[name, typeof value === "number" ? write(value) : "no limit"]];
  });
  const others = Object.entries(values).filter(([field]) => !skipped.includes(field) && !known.some(([one]) => one === field));
  return [...written, ...others.map(([name, value]): Setting => [name, String(value)])];
}

export const quotaSettings = ({ quota }: Setup): Setting[] => settingsOf(quota, QUOTA, ["name"]);
export const limitSettings = ({ limits }: Setup): Setting[] => settingsOf(limits, LIMITS, ["verifyTls"]);

/** What a mapping does otherwise than by default. */
export function mappingText({ host, sign }: Setup["mappings"][number]): string {
  const texts = [host === "published" && "with the published host", sign === "target" && "signed for this URL"];
  return texts.filter(Boolean).join(", ");
}

export function modeSettings({ version, modes, limits }: Setup): Setting[] {
  const { host, logPort, allowHosts, allowOrigins, gate, ownCertificates, lazyFetchBytes, localOnly } = modes;
  return [
    ["Version", version],
    ["Listens on", host ?? "both loopback addresses"],
    ["Second port", logPort === null ? "none" : String(logPort)],
    ["Further host names", allowHosts.join(", ") || "none"],
    ["Further origins of web pages", allowOrigins.join(", ") || "none"],
    ["TLS certificates of destinations", !limits.verifyTls ? "not verified" : ownCertificates ? "verified, also against your own file" : "verified"],
    ["Destinations off this machine", localOnly ? "called only where a mapping says so" : "called"],
    ["Plain publishes", gate ? "answered by the fast path" : "answered by the web framework"],
    ["Log of a workflow run", lazyFetchBytes === null ? "always sent" : `fetched by the SDK above ${bytes(lazyFetchBytes)}`],
  ];
}
