/** Code that publishes a message again: curl, the SDKs, and a pytest test. */

import type { MessageDetail } from "../../api/types";
import type { Draft } from "../draft";
import { draftOf } from "../draft-of-message";
import { curl, curlBatch } from "./curl";
import { pytestOfDrafts } from "./pytest-of-draft";
import { pytestOfMessage } from "./pytest-of-message";
import { pythonSdk } from "./python";
import { typeScriptSdk } from "./typescript";

export interface Snippet {
  name: string;
  text: (detail: MessageDetail, url: string, token: string) => string;
}

/** Code for a message that was published. */
export const SNIPPETS: Snippet[] = [
  { name: "curl", text: (detail, url, token) => curl(draftOf(detail), url, token) },
  { name: "Python", text: (detail, url) => pythonSdk([draftOf(detail)], url) },
  { name: "TypeScript", text: (detail, url) => typeScriptSdk([draftOf(detail)], url) },
  { name: "pytest test", text: (detail) => pytestOfMessage(detail) },
];

export interface DraftSnippet {
  name: string;
  text: (drafts: Draft[], url: string, token: string) => string;
}

/** Code for drafts; several are a batch. */
export const DRAFT_SNIPPETS: DraftSnippet[] = [
  {
    name: "curl",
    text: (drafts, url, token) => {
      const [only, ...others] = drafts;
      return only && others.length === 0 ? curl(only, url, token) : curlBatch(drafts, url, token);
    },
  },
  { name: "Python", text: (drafts, url) => pythonSdk(drafts, url) },
  { name: "TypeScript", text: (drafts, url) => typeScriptSdk(drafts, url) },
  { name: "pytest test", text: (drafts) => pytestOfDrafts(drafts) },
];
