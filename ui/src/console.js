// The console's script: every form works without it, it only saves steps.

import { copyTexts } from "./console/copy.js";
import { closeMenus, showSecrets, tellBusy } from "./console/forms.js";
import { keepFresh } from "./console/live.js";
import { guessZone } from "./console/zone.js";

guessZone();
showSecrets();
tellBusy();
copyTexts();
closeMenus();
keepFresh();
