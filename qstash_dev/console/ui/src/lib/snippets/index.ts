/** A message as something that does the same again elsewhere. */

import type { MessageDetail } from "../../api/types";
import { draftOf } from "../draft";
import { curl } from "./curl";
import { pytestTest } from "./pytest";
import { pythonSdk, typeScriptSdk } from "./sdk";

export interface Snippet {
  name: string;
  text: (detail: MessageDetail, url: string, token: string) => string;
}

export const SNIPPETS: Snippet[] = [
  { name: "curl", text: (detail, url, token) => curl(draftOf(detail), url, token) },
  { name: "Python", text: (detail, url) => pythonSdk(draftOf(detail), url) },
  { name: "TypeScript", text: (detail, url) => typeScriptSdk(draftOf(detail), url) },
  { name: "pytest test", text: (detail) => pytestTest(detail) },
];
