// A result that came while its agent looked elsewhere, told once, in the panel looked at next.

import { panel, parse, say } from "./dom.js";
import { quietly } from "./forms.js";
import { isVisible } from "./visible.js";

const DWELL = 400; // who only passes by has not looked

let asked = "";

export function handleGreetings() {
  panel.addEventListener("click", (event) => {
    event.target.closest("[data-greeting] button")?.closest("[data-greeting]").remove();
  });
}

/** Shows what the server says is new, unless its own form shows it. True if there may be more. */
export async function greet(action) {
  const place = panel.querySelector("#greetings");
  if (!action || !place || asked === action) return false;
  asked = action;
  await new Promise((resolve) => setTimeout(resolve, DWELL));
  const looked = place.isConnected && isVisible();
  const answer = looked ? await tell(action) : null;
  asked = "";
  if (answer?.status !== 200) return false;
  if (!panel.querySelector(`[data-action="${CSS.escape(action)}"]`)) add(place, parse(answer.text));
  return true;
}

/** The server is told that it is seen, and does not say it again. */
export function tell(action) {
  return quietly("greet", { method: "POST", form: new URLSearchParams({ action }) });
}

function add(place, notice) {
  place.append(notice);
  say(notice.dataset.say);
}
