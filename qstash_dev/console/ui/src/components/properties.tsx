/** A list of properties: names and values, one pair on a line. */

import type { ComponentChildren } from "preact";

export type Property = [name: string, value: ComponentChildren];

/** Properties without a value are left out. */
export function Properties({ properties }: { properties: Property[] }) {
  return (
    <dl class="facts">
      {properties
        .filter(([, value]) => value !== undefined && value !== null && value !== "" && value !== false)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
