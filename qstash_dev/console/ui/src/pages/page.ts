/** What a page tells the shell about itself. */

import type { ComponentType } from "preact";
import type { IconName } from "../components/icon";

export interface Page {
  /** Its name in the address: `#/<path>`. */
  path: string;
  title: string;
  icon: IconName;
  View: ComponentType;
}
