import { oldest } from "./support.mjs";
import { thousandSteps } from "./thousand.mjs";

thousandSteps(oldest);
