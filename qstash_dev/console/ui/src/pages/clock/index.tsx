/** The page "Clock & faults": the server's clock, what is due next, faults, and reset. */

import type { Page } from "../page";
import { ClockCard } from "./clock-card";
import { DueNext } from "./due-next";
import { Faults } from "./faults";
import { Reset } from "./reset";
import "./clock.css";

function ClockAndFaults() {
  return (
    <div class="lab">
      <ClockCard />
      <DueNext />
      <Faults />
      <Reset />
    </div>
  );
}

export const clockPage: Page = { path: "clock", title: "Clock & faults", icon: "clock", View: ClockAndFaults };
