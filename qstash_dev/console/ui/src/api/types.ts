/** The shapes of the server's answers, made from its OpenAPI document by `npm run types`. Times are unix milliseconds. */

import type { components } from "./schema";

type Shapes = components["schemas"];

export type Headers = Record<string, string[]>;
export type Body = Shapes["CutBody"];
export type ReceivedResponse = Shapes["ReceivedResponse"];
export type Warning = Shapes["Warning"];
export type Notice = Shapes["Notice"];

export type Clock = Shapes["Clock"];
export type ClockMode = Clock["mode"];
export type TravelProgress = Shapes["Progress"];
export type Travel = Shapes["Travel"];
export type CallInFlight = Shapes["CallInFlight"];
export type DueItem = Shapes["DueItem"];
export type DueList = Shapes["Due"];

export type MessageState = Shapes["State"];
export type MessageSummary = Shapes["MessageSummary"];
export type MessagePage = Shapes["MessageList"];
export type SignatureCheck = Shapes["SignatureCheck"];
export type Signature = Shapes["Signature"];
export type SentRequest = Shapes["SentRequest"];
export type DeliveryAttempt = Shapes["DeliveryAttempt"];
export type MessageEvent = Shapes["MessageEvent"];
export type MessageRelation = Shapes["Relation"];
export type RelatedMessage = Shapes["RelatedMessage"];
export type Message = Shapes["PublishedMessage"];
export type CallbackOptions = Shapes["CallbackOptions"];
export type MessageDetail = Shapes["MessageDetail"];

export type DlqGroup = Shapes["DeadLetterGroup"];
export type DlqGroups = Shapes["DeadLetterGroups"];
/** What the entries of a group have in common. */
export type DlqGroupKey = Pick<DlqGroup, "kind" | "what" | "to">;
export type DlqEntryKind = DlqGroupKey["kind"];
export type DlqEntry = Shapes["DeadLetterSummary"];
export type DlqEntryDetail = Shapes["DeadLetterDetail"];
export type DlqPage = Shapes["DeadLetterList"];

export type RunState = Shapes["RunState"];
export type FailureFunctionState = Shapes["CallbackState"];
export type RunWait = Shapes["RunWait"];
export type RunWaitKind = RunWait["kind"];
export type RunSummary = Shapes["RunSummary"];
export type RunPage = Shapes["RunList"];
export type StepAttempt = Shapes["StepAttempt"];
export type FailureFunction = Shapes["FailureFunction"];
type DoneStep = Shapes["TimedStep"];
type NextStep = Shapes["TimedNextStep"];
type StepOfEach = "messageId" | "state" | "retries" | "begunAt" | "phase" | "attempts";
/** A step of any group: what only some steps have may be missing. */
export type Step = Pick<DoneStep, StepOfEach> & Partial<DoneStep & NextStep>;
export type StepPhase = Step["phase"];
export type StepGroup = Pick<Shapes["TimedRun"]["steps"][number], "type"> & { steps: Step[] };
export type Run = Omit<Shapes["TimedRun"], "steps"> & { steps: StepGroup[] };
export type RunDetail = Omit<Shapes["RunDetail"], "run"> & { run: Run };

export type Queue = Shapes["QueueDetail"];
export type Endpoint = Shapes["Endpoint"];
export type UrlGroup = Shapes["UrlGroup"];
export type FlowControlKey = Shapes["FlowControl"];
export type GlobalParallelism = Shapes["GlobalParallelism"];

export type ScheduleSummary = Shapes["ScheduleSummary"];
export type ScheduleDetail = Shapes["ScheduleDetail"];
export type NextScheduleTime = Shapes["NextScheduleTime"];
export type ScheduledMessageState = NonNullable<ScheduleSummary["lastScheduleStates"]>[string];

export type InboxSummary = Shapes["InboxSummary"];
/** Bodies are always asked for with `trimBody`, and therefore are there. */
export type InboxRequest = Shapes["InboxRequest"] & Body;
export type Inbox = Omit<Shapes["Inbox"], "requests"> & { requests: InboxRequest[] };
export type InboxAnswer = Shapes["ScriptAnswer"];
export type Fault = Shapes["Fault"];

export type Verdict = Shapes["Verdict"];
export type VerdictReason = Verdict["reason"];
export type VerdictSubject = Verdict["about"];
export type SubjectKind = VerdictSubject["kind"];

export type Refusal = Shapes["Refusal"];
export type RefusalPage = Shapes["RefusalList"];
export type Credential = NonNullable<Refusal["credential"]>;

export type UserStatus = Shapes["UserStatus"];
export type Status = Shapes["ServerStatus"];
export type FeedChange = Shapes["FeedChange"];
export type UserSetup = Shapes["UserSetup"];
export type Setup = Shapes["Setup"];
