/** The script that sets the theme before the page is drawn, so that it does not flash in the other colours. */
import { applyTheme, savedTheme } from "./lib/theme";

applyTheme(savedTheme());
