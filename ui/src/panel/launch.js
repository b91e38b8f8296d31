// How a conversation arrives: in the document itself, as a signed launch, or told by the host.

import { boot } from "./boot.js";
import * as claimed from "./claimed.js";
import { panel, parse, problem, skeleton, text } from "./dom.js";
import * as drafts from "./drafts.js";
import { meet, tell } from "./host.js";
import { hold } from "./pairing.js";
import { prove } from "./prove.js";
import { searchForHash } from "./search.js";
import { followSidebar, stopSidebar } from "./sidebar.js";
import * as session from "./session.js";

export function listen() {
  session.onLeave(() => {
    stopSidebar();
    drafts.keep();
  });
  session.onClosed(close);
  if (boot.told) keepGoing();
  else if (boot.token) begin(boot);
  meet({ launch: open, context: boot.refused ? () => {} : claimed.change });
  claimed.handleClaims(show);
  if (boot.search) {
    searchForHash();
    window.addEventListener("hashchange", searchForHash);
  }
}

function keepGoing() {
  session.keep(session.session(boot));
  if (boot.proof === "signed") hold(boot).catch(() => {});
}

async function open(launch) {
  const mine = session.leave();
  panel.replaceChildren(skeleton());
  try {
    const answer = await session.post("launch", { launch });
    const content = await answer.text();
    if (!session.isCurrent(mine)) return;
    if (answer.ok) show(JSON.parse(content));
    else panel.replaceChildren(parse(content) ?? problem(text("offline")));
  } catch {
    if (session.isCurrent(mine)) panel.replaceChildren(problem(text("offline")));
  }
}

function show(opened) {
  document.documentElement.lang = opened.lang;
  panel.replaceChildren(parse(opened.html));
  begin(opened);
}

function begin(opened) {
  session.enter(session.session(opened));
  followSidebar();
  drafts.restore(opened.place);
  prove(opened);
}

// What was shown was shown to somebody whose session has ended: it goes too, unless they prove
// themselves again.
function close() {
  if (claimed.askAgain()) return;
  const { own, ended } = document.body.dataset;
  const words = own ? ended : text("closed");
  session.leave();
  panel.replaceChildren(problem(words));
  if (own) panel.append(wayIn());
  tell("expired");
}

function wayIn() {
  const link = document.createElement("a");
  link.href = document.body.dataset.own;
  link.textContent = document.body.dataset.enter;
  return link;
}
