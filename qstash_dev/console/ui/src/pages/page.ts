/** The description of a page: its address, title, icon and view. */

import type { ReadonlySignal } from "@preact/signals";
import type { ComponentType } from "preact";
import type { IconName } from "../components/icon";

export interface Page {
  /** The name of the page in the address: `#/<path>`. */
  path: string;
  title: string;
  icon: IconName;
  View: ComponentType;
  /** The number beside the title in the navigation, and what it counts. */
  badge?: { count: ReadonlySignal<number>; what: string };
}
