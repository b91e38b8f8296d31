// The console's script: every form works without it, it only saves steps.

import { copyTexts } from "./console/copy.js";
import { closeMenus, goOnward, showSecrets, tellBusy } from "./console/forms.js";
import { keepFresh } from "./console/live.js";
import { guessZone } from "./console/zone.js";

guessZone();
goOnward();
showSecrets();
tellBusy();
copyTexts();
closeMenus();
keepFresh();
