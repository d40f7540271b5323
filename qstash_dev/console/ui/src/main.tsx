/** The entry point: starts the router, the shortcuts and the feed, and renders the console. */

import { render } from "preact";
import { errorMessage } from "./api/http";
import { startKeyboard } from "./lib/keyboard";
import { startRouter } from "./router";
import { App } from "./shell/app";
import { startFeed } from "./store/feed";
import { refreshSetup, startTicking } from "./store/status";
import { toastError } from "./store/toasts";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/components.css";

startRouter();
startKeyboard();
startTicking();
startFeed();
refreshSetup().catch((error: unknown) => toastError(errorMessage(error)));

const root = document.getElementById("app");
if (root) render(<App />, root);
