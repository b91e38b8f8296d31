// The console's script: every form works without it, it only saves steps.

import { guessZone } from "./console/zone.js";

guessZone();
