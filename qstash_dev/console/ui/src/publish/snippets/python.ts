/** Code for the official Python SDK. */

import type { CallbackDraft, Draft, HeaderPair } from "../draft";
import { callbackOptions, cronHeader, isDelayed, nonEmpty } from "../request";
import { python } from "./literal";
import {
  type Argument,
  destinationName,
  flowControl,
  headerRecord,
  numberOrText,
  redact,
  splitHeaders,
  textOrNone,
} from "./sdk-arguments";

export function pythonSdk(drafts: Draft[], url: string): string {
  return [
    "import os",
    ...(drafts.some(({ bodyBase64 }) => bodyBase64) ? ["from base64 import b64decode"] : []),
    "",
    "from qstash import QStash",
    "",
    `client = QStash(os.environ["QSTASH_TOKEN"], base_url=os.environ.get("QSTASH_URL", ${python(url)}))`,
    `print(${pythonCall(drafts, "client")})`,
    "",
  ].join("\n");
}

/** The call of the SDK. `targets` are Python expressions that replace the URLs of the drafts. */
export function pythonCall(drafts: Draft[], client: string, targets: (string | undefined)[] = [], indent = ""): string {
  const [draft] = drafts;
  if (!draft) return "";
  if (drafts.length > 1 || needsBatch(draft)) return batchCall(drafts, client, targets, indent);
  const verb = draft.schedule ? "schedule.create" : `message.${draft.queue ? "enqueue" : "publish"}`;
  const lines = pythonArguments(draft, targets[0]).map(([name, value]) => `${indent}    ${name}=${value},\n`);
  return `${client}.${verb}(\n${lines.join("")}${indent})`;
}

/** `message.enqueue` takes none of these options, but `message.batch` does. */
function needsBatch(draft: Draft): boolean {
  return draft.queue !== "" && !draft.schedule && (isDelayed(draft) || draft.flowControl.key !== "");
}

function batchCall(drafts: Draft[], client: string, targets: (string | undefined)[], indent: string): string {
  const items = drafts.map((draft, index) => {
    const fields = pythonArguments(draft, targets[index]).map(([name, value]) => `${indent}        ${python(name)}: ${value},\n`);
    return `${indent}    {\n${fields.join("")}${indent}    },\n`;
  });
  return `${client}.message.batch([\n${items.join("")}${indent}])`;
}

function pythonArguments(draft: Draft, target?: string): HeaderPair[] {
  const { contentType, others } = splitHeaders(draft.headers);
  const { schedule } = draft;
  const named: Argument[] = [
    ["cron", schedule ? cronHeader(schedule) : undefined],
    ["schedule_id", textOrNone(schedule?.id ?? "")],
    ["method", draft.method === "POST" ? undefined : draft.method],
    ["content_type", contentType],
    ["headers", headerRecord(others)],
    ["retries", numberOrText(draft.retries)],
    ["retry_delay", textOrNone(draft.retryDelay)],
    ["delay", textOrNone(draft.delay)],
    ["not_before", numberOrText(draft.notBefore)],
    ["timeout", textOrNone(draft.timeout)],
    ["label", textOrNone(nonEmpty(draft.labels).join(","))],
    ...callback("callback", draft.callback),
    ...callback("failure_callback", draft.failureCallback),
    ["flow_control", flowControl(draft)],
    ["deduplication_id", textOrNone(draft.deduplicationId)],
    ["content_based_deduplication", draft.contentBasedDeduplication || undefined],
    ["redact", redact(draft)],
  ];
  const where = schedule ? "destination" : target ? "url" : destinationName(draft, "url", "url_group");
  return [
    ...(draft.queue ? [["queue", python(draft.queue)] satisfies HeaderPair] : []),
    [where, target ?? python(draft.destination)],
    ...body(draft),
    ...named.flatMap(([name, value]): HeaderPair[] => (value === undefined ? [] : [[name, python(value)]])),
  ];
}

/** Headers of a callback are options of it unless they begin with `Forward-`. */
function callback(name: string, draft: CallbackDraft): Argument[] {
  return draft.url
    ? [
        [name, draft.url],
        [`${name}_headers`, headerRecord(callbackOptions(draft))],
      ]
    : [];
}

function body(draft: Draft): HeaderPair[] {
  if (draft.bodyBase64) return [["body", `b64decode(${python(draft.bodyBase64)})`]];
  return draft.body ? [["body", python(draft.body)]] : [];
}
