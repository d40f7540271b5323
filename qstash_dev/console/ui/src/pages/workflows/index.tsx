/** The page "Workflow runs": a live list, and the timeline of one run. */

import { route } from "../../router";
import type { Page } from "../page";
import { RunView } from "./detail";
import { RunList } from "./list";
import "./workflows.css";

function Workflows() {
  const open = route.value.rest[0];
  const { at = "" } = route.value.query;
  return (
    <div class={`runs ${open ? "with-detail" : ""}`}>
      <RunList />
      {open && <RunView key={`${open}@${at}`} id={open} createdAt={at} />}
    </div>
  );
}

export const workflowsPage: Page = { path: "workflows", title: "Workflow runs", icon: "workflows", View: Workflows };
