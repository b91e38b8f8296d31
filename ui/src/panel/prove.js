// A launch that may be a replay reads; with this browser's key its agent may also act. A viewer
// asks the owner for more.

import { panel, parse } from "./dom.js";
import * as pairing from "./pairing.js";
import * as session from "./session.js";
import { followSidebar } from "./sidebar.js";

export function handleProofs() {
  panel.addEventListener("click", (event) => {
    if (event.target.closest("[data-prove]")) proveNow();
    if (event.target.closest("[data-access]")) askAccess(event.target.closest("[data-ask]"));
  });
}

/** Silently, if this browser was paired before. */
export async function prove(opened) {
  if (opened.proof !== "replayable") return;
  const mine = session.currentSession();
  const entry = await pairing.paired();
  if (!entry || session.currentSession() !== mine) return;
  const answer = await pairing.call(entry, "pair/token", {}, mine.token).catch(() => null);
  if (answer && session.currentSession() === mine) proven(answer);
}

async function proveNow() {
  const mine = session.currentSession();
  const place = panel.querySelector("#proving");
  await pairing.forget();
  const answer = await pairing.pair({
    locale: document.documentElement.lang,
    show: (content) => place.replaceChildren(content),
    wanted: () => session.currentSession() === mine && place.isConnected,
    path: "pair/token",
    body: {},
    token: mine.token,
  });
  if (answer) proven(answer);
}

function proven(answer) {
  const place = panel.querySelector("#proving");
  if (!answer.ok) {
    place?.replaceChildren(parse(answer.html));
    return;
  }
  if (answer.data.state === "waiting") return;
  place?.remove();
  panel.querySelector("[data-ask]")?.remove();
  session.enter(session.session(answer.data));
  session.keep(null); // it ended for the better one: the next conversation is asked for by the key
  followSidebar();
}

async function askAccess(line) {
  try {
    const answer = await session.ask("access", { method: "POST" });
    line.replaceWith(parse(answer.text));
  } catch {
    // the button stays
  }
}
