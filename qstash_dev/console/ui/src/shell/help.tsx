/** The help dialog: keyboard shortcuts, version and licences. */

import { signal } from "@preact/signals";
import { Dialog } from "../components/dialog";
import { setShortcutsOn, shortcuts, shortcutsOn } from "../lib/keyboard";
import { setup } from "../store/status";

export const helpOpen = signal(false);

export function Help({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keyboard and help" onClose={onClose}>
      <table class="keys">
        <caption class="visually-hidden">Shortcuts on this page</caption>
        <tbody>
          {shortcuts.value.map(({ key, text }) => (
            <tr key={key}>
              <th scope="row">
                <kbd>{key}</kbd>
              </th>
              <td>{text}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <label class="check">
        <input
          type="checkbox"
          checked={shortcutsOn.value}
          onChange={(event) => setShortcutsOn(event.currentTarget.checked)}
        />
        Shortcuts of a single key
      </label>
      <p class="faint">
        qstash-dev {setup.value?.version} · <a href="openapi.json">OpenAPI</a> ·{" "}
        <a href="_console/licences.txt">Licences of the libraries in this page</a>
      </p>
    </Dialog>
  );
}
