/** The toasts at the edge of the page. */

import { dismiss, type Toast, toasts } from "../store/toasts";
import { Button } from "./button";
import { Icon } from "./icon";

const LONG = 200;

/** Both regions are always present: screen readers announce only changes inside an existing one. */
export function Toasts() {
  const of = (kind: Toast["kind"]) =>
    toasts.value.filter((toast) => toast.kind === kind).map((toast) => <ToastView key={toast.id} toast={toast} />);
  return (
    <div class="toasts">
      <div role="status">{of("done")}</div>
      <div role="alert">{of("problem")}</div>
    </div>
  );
}

function ToastView({ toast }: { toast: Toast }) {
  return (
    <div class={`toast ${toast.kind}`}>
      <Icon name={toast.kind === "done" ? "check" : "warning"} />
      {/* A long error scrolls, so that it never covers the page; a box that scrolls must be reachable without a mouse. */}
      <p tabIndex={toast.text.length > LONG ? 0 : undefined}>
        {toast.text} {toast.link && <a href={toast.link.href}>{toast.link.text}</a>}
      </p>
      <Button text="Dismiss" icon="cross" kind="quiet" iconOnly onClick={() => dismiss(toast.id)} />
    </div>
  );
}
