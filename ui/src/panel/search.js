// The search box. People found by typing are looked at under a session of their own; going back
// restores the conversation as it was left.

import { panel, parse, problem, say, text } from "./dom.js";
import * as session from "./session.js";
import { followSidebar, lookNow, side, stopSidebar } from "./sidebar.js";
import { isVisible } from "./visible.js";

const AGAIN = [900, 2000, 4000];

let home = null;
let count = 0;

export function handleSearch() {
  panel.addEventListener("submit", submitted);
  panel.addEventListener("keydown", typed);
  panel.addEventListener("paste", pasted);
  panel.addEventListener("click", (event) => {
    if (event.target.closest("[data-home]")) goHome();
    const { find } = event.target.closest("[data-find]")?.dataset ?? {};
    if (find) searchFor(find);
  });
}

/** On a page of our own: what stands behind # in its address, which no server ever sees. */
export function searchForHash() {
  const words = window.location.hash.match(/^#q=(.*)$/)?.[1] ?? "";
  if (words.trim()) searchFor(decoded(words).trim());
  else panel.querySelector("#q").focus();
}

// A plus is one: browsers leave it as it is behind #, and addresses have them.
function decoded(words) {
  try {
    return decodeURIComponent(words);
  } catch {
    return words;
  }
}

function searchFor(words) {
  panel.querySelector("#q").value = words;
  search(words);
}

function submitted(event) {
  const form = event.target;
  if (!("search" in form.dataset)) return;
  event.preventDefault();
  search(form.elements.q.value);
}

function typed(event) {
  if (event.key !== "Escape" || !panel.querySelector("[data-home]:not([hidden])")) return;
  event.preventDefault();
  goHome();
}

// A whole message: a field of one line would glue its lines together.
function pasted(event) {
  const lines = event.clipboardData?.getData("text/plain").trim().split(/\s*[\r\n]+\s*/) ?? [];
  if (event.target.id !== "q" || lines.length < 2) return;
  event.preventDefault();
  event.target.value = lines.join(" · ").slice(0, event.target.maxLength);
  search(event.target.value);
}

async function search(words, tries = 0) {
  count += 1;
  const mine = count;
  const conversation = panel.querySelector(".panel");
  try {
    const form = new URLSearchParams({ q: words });
    const answer = await session.ask("search", { method: "POST", form });
    if (mine !== count || !conversation.isConnected) return;
    if (answer.ok) found(JSON.parse(answer.text), words, tries);
    else results(parse(answer.text));
  } catch (error) {
    if (!(error instanceof session.Gone)) results(problem(text("offline")));
  }
}

function found(answer, words, tries) {
  if (answer.kind === "people") {
    showPeople(answer);
    return;
  }
  const content = parse(answer.html);
  const shown = panel.querySelector("#results").firstElementChild;
  if (!tries || shown?.innerHTML !== content.innerHTML) results(content, tries);
  if (content.dataset.again && tries < AGAIN.length) askAgain(words, tries);
}

// The shops were asked: what they say is in the mirror a moment later.
function askAgain(words, tries) {
  const mine = count;
  setTimeout(() => {
    if (mine !== count || backButton()?.hidden !== false) return;
    if (isVisible()) search(words, tries + 1);
    else askAgain(words, tries);
  }, AGAIN[tries]);
}

function results(content, tries = 0) {
  leavePeople();
  panel.querySelector("#results").replaceChildren(content);
  side().hidden = true;
  backButton().hidden = false;
  if (!tries) say(content.dataset.say);
}

function showPeople(answer) {
  const fresh = parse(answer.html);
  panel.querySelector("#results").replaceChildren(parse(answer.picked) ?? "");
  side().hidden = false;
  if (!home || !home.panel.isConnected) {
    home = { panel: side().parentElement, side: side(), session: session.currentSession() };
  } else {
    session.forget(session.currentSession());
  }
  side().replaceWith(fresh);
  session.enter(session.session(answer));
  backButton().hidden = false;
  followSidebar();
}

function goHome() {
  count += 1;
  leavePeople();
  panel.querySelector("#results").replaceChildren();
  side().hidden = false;
  backButton().hidden = true;
  const box = panel.querySelector("#q");
  box.value = "";
  box.focus();
  lookNow();
}

function leavePeople() {
  if (!home) return;
  if (home.panel.isConnected) {
    stopSidebar();
    session.forget(session.currentSession());
    home.side.hidden = false;
    side().replaceWith(home.side);
    session.enter(home.session);
  }
  home = null;
}

function backButton() {
  return panel.querySelector("[data-home]");
}
