// The panel's only script: forms and links are plain HTML from the server, this moves them.

import { handleClips } from "./panel/clip.js";
import { keepTime } from "./panel/clock.js";
import { handleDrafts } from "./panel/drafts.js";
import { handleForms } from "./panel/forms.js";
import { handleGreetings } from "./panel/greet.js";
import { listen } from "./panel/launch.js";
import { handleOrders } from "./panel/orders.js";
import { handleProofs } from "./panel/prove.js";
import { handleSearch } from "./panel/search.js";

handleForms();
handleOrders();
handleSearch();
handleProofs();
handleClips();
handleDrafts();
handleGreetings();
keepTime();
listen();
