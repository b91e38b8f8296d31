// A conversation as the helpdesk's page tells it, or its server handed it over. Unless a signed
// launch has proven the agent, nothing is asked for before this browser is paired.

import { boot } from "./boot.js";
import { panel, parse, problem, skeleton, text } from "./dom.js";
import * as pairing from "./pairing.js";
import * as session from "./session.js";
import { isVisible, onVisible } from "./visible.js";

let latest = null;
let held = false;
let show = () => {};

/** `shown` is called with every opened conversation. */
export function handleClaims(shown) {
  show = shown;
  panel.addEventListener("click", (event) => {
    if (event.target.closest("[data-pair-again]")) again();
  });
  onVisible(() => {
    if (held) arrive(latest);
  });
  if (boot.ref) arrive({ ref: boot.ref });
}

/** Another conversation; null is none. What was shown goes at once. */
export function change(said) {
  if (said === null) leave();
  else arrive({ context: said });
}

/** The token has ended and could not be renewed: asks anew for what is shown, and leaves it there
 *  meanwhile. False if there is nothing to ask for. */
export function askAgain() {
  if (!latest) return false;
  ask(latest, session.leave());
  return true;
}

function leave() {
  latest = null;
  held = false;
  session.leave();
  const waiting = document.createElement("p");
  waiting.className = "waiting";
  waiting.textContent = document.body.dataset.waiting;
  panel.replaceChildren(waiting);
}

// A frame nobody sees lets go of whom it showed; it asks for the next one when it is seen.
function arrive(asked) {
  latest = asked;
  const mine = session.leave();
  panel.replaceChildren(skeleton());
  held = !isVisible();
  if (!held) ask(asked, mine);
}

async function ask(asked, mine) {
  const wanted = () => session.isCurrent(mine);
  try {
    await open(asked, wanted);
  } catch {
    if (wanted()) panel.replaceChildren(problem(text("offline")));
  }
}

async function open(asked, wanted) {
  const told = asked.context ? await session.postKept("told", asked.context) : null;
  if (!wanted()) return;
  if (told) {
    const said = await pairing.read(told);
    if (wanted()) finish(said);
    return;
  }
  const entry = await pairing.paired();
  if (!wanted()) return;
  const answer = entry ? await pairing.call(entry, "context", asked) : null;
  if (!wanted()) return;
  const waits = answer?.data?.state === "waiting";
  if (answer && !waits && !pairing.isOver(answer)) finish(answer);
  else await pairAnew(asked, wanted);
}

async function pairAnew(asked, wanted) {
  await pairing.forget();
  const answer = await pairing.pair({
    email: asked.context?.agent?.email,
    locale: asked.context?.locale,
    show: (content) => panel.replaceChildren(...why(), content),
    wanted,
    path: "context",
    body: asked,
  });
  if (answer) finish(answer);
}

// A signature opened this frame, and is not given again.
function why() {
  return boot.told ? [problem(document.body.dataset.slept)] : [];
}

function finish(answer) {
  if (answer.ok) {
    show(answer.data);
    return;
  }
  panel.replaceChildren(parse(answer.html) ?? problem(text("offline")));
  if (answer.code === "agent_mismatch" || pairing.isOver(answer)) panel.append(button());
}

function button() {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "link";
  made.dataset.pairAgain = "";
  made.textContent = document.body.dataset.wordsAgain;
  return made;
}

async function again() {
  await pairing.forget();
  if (latest) arrive(latest);
}
