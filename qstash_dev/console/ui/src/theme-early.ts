/** Loaded before anything is drawn, so that a chosen theme does not flash into view. */
import { applyTheme, savedTheme } from "./lib/theme";

applyTheme(savedTheme());
