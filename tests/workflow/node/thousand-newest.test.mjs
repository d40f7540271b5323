import { newest } from "./support.mjs";
import { thousandSteps } from "./thousand.mjs";

thousandSteps(newest);
