/** A page that is not built yet. */

import { Empty } from "../components/empty";
import type { IconName } from "../components/icon";
import type { Page } from "./page";

export function planned(path: string, title: string, icon: IconName): Page {
  const View = () => (
    <Empty icon={icon} title={`${title} has no page yet`}>
      <p>
        What it will do is served already: see <a href="openapi.json">the description of the API</a>.
      </p>
    </Empty>
  );
  return { path, title, icon, View };
}
