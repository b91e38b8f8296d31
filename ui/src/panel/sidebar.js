// Keeps the list true: asks again, and swaps in place only what really changed.

import { keepingPlace, panel, parse } from "./dom.js";
import { greet } from "./greet.js";
import { loadFacts, resume } from "./orders.js";
import { ask, Gone } from "./session.js";
import { isVisible, onVisible } from "./visible.js";

const FAST = 700;
const STEADY = 3000;
const SLOW = 20000;
const FAST_FOR = 12000;
const REFRESH_EVERY = 60000;
const UNWELL = 5000;
const RETRY_EVERY = 16000;
const ATTENTION = 120000;
const NEWS_FOR = 60000;

let timer = 0;
let etag = "";
let quickSince = 0;
let refreshed = 0;
let touched = 0;
let expecting = 0;
const served = new WeakMap();

export const side = () => panel.querySelector("#side");

/** Begins with a sidebar that was just put into the document. */
export function followSidebar() {
  etag = "";
  refreshed = 0;
  touched = Date.now();
  quickSince = Date.now();
  remember(side());
  for (const row of panel.querySelectorAll(".order[open]")) resume(row);
  refreshIfStale();
  greetIfNew();
  plan();
}

export function stopSidebar() {
  clearTimeout(timer);
  expectNews();
}

/** Called before something goes from view: what is under way there is asked for more often. */
export function expectNews() {
  if (panel.querySelector("[data-watch]")) expecting = Date.now() + NEWS_FOR;
}

/** Looks now, whatever the plan was. */
export async function lookNow() {
  clearTimeout(timer);
  quickSince = Date.now();
  await look();
  plan();
}

/** Puts a sidebar the server sent over the one that is shown. */
export function patch(html) {
  const fresh = parse(html);
  const shown = side();
  if (!fresh || !shown) return;
  for (const name of ["poll", "limit", "stale", "untold"]) copy(shown, fresh, name);
  const healthBefore = plain(shown.querySelector("#health"));
  for (const part of [...fresh.children]) {
    const there = shown.querySelector(`#${part.id}`);
    if (part.id === "orders") mergeOrders(there, part);
    else replace(there, part);
  }
  if (healthBefore !== plain(shown.querySelector("#health"))) {
    for (const row of shown.querySelectorAll(".order[open]")) loadFacts(row);
  }
}

export function wantMore() {
  const shown = side();
  shown.dataset.limit = Number(shown.dataset.limit) + 20;
  etag = "";
  return lookNow();
}

function plan() {
  clearTimeout(timer);
  timer = setTimeout(async () => {
    if (isVisible()) await look();
    plan();
  }, wait());
}

function wait() {
  if (side()?.dataset.poll !== "fast") return quiet();
  return Date.now() - quickSince < FAST_FOR ? FAST : STEADY;
}

function quiet() {
  if (Date.now() < expecting) return STEADY;
  return unwell() ? UNWELL : SLOW;
}

/** A shop has something to say about itself: it fails, or is still arriving. */
function unwell() {
  return Boolean(side()?.querySelector("#health")?.textContent.trim());
}

async function look() {
  const shown = side();
  if (!shown) return;
  try {
    const answer = await ask(`sidebar?limit=${shown.dataset.limit}`, { etag });
    if (answer.status === 200 && side() === shown) {
      etag = answer.etag;
      patch(answer.text);
    }
    greetIfNew();
    await refreshIfStale();
  } catch (error) {
    if (error instanceof Gone) stopSidebar();
  }
}

async function greetIfNew() {
  const told = await greet(side()?.dataset.untold);
  if (told && side()) lookNow();
}

async function refreshIfStale() {
  const now = Date.now();
  const watched = isVisible() && now - touched < ATTENTION;
  const pause = unwell() ? RETRY_EVERY : REFRESH_EVERY;
  if (!side()?.dataset.stale || !watched || now - refreshed < pause) return;
  refreshed = now;
  try {
    await ask("refresh", { method: "POST" });
    quickSince = Date.now();
    side().dataset.poll = "fast";
    plan();
  } catch (error) {
    if (!(error instanceof Gone)) refreshed = 0;
  }
}

function mergeOrders(there, fresh) {
  const rows = [...fresh.children];
  if (rows.some((row) => !row.dataset.path)) {
    replace(there, fresh);
    return;
  }
  served.delete(there);
  const known = new Map([...there.children].map((row) => [row.dataset.path, row]));
  rows.forEach((row, place) => {
    const old = known.get(row.dataset.path);
    const node = old && old.localName === row.localName ? update(old, row) : row;
    if (there.children[place] !== node) there.insertBefore(node, there.children[place] ?? null);
  });
  while (there.children.length > rows.length) there.lastElementChild.remove();
  remember(there);
}

function update(old, row) {
  if (old.localName !== "details") return old.dataset.v === row.dataset.v ? old : row;
  const facts = row.querySelector(".facts");
  if (old.dataset.v !== row.dataset.v) {
    swapSummary(old, row);
    old.dataset.v = row.dataset.v;
    if (!facts.hasChildNodes()) forgetFacts(old);
  }
  if (facts.hasChildNodes()) replace(old.querySelector(".facts"), facts);
  return old;
}

function swapSummary(old, row) {
  const before = old.querySelector("summary");
  const focused = before === document.activeElement;
  const after = row.querySelector("summary");
  before.replaceWith(after);
  if (focused) after.focus();
}

function forgetFacts(row) {
  if (row.open) loadFacts(row);
  else row.querySelector(".facts").replaceChildren();
}

function replace(there, fresh) {
  if (!there || served.get(there) === plain(fresh)) return;
  const focus = document.activeElement;
  if (there.contains(focus) && focus.matches("input")) return;
  served.set(there, plain(fresh));
  keepingPlace(there, () => there.replaceChildren(...fresh.childNodes));
}

function remember(root) {
  if (!root) return;
  for (const part of root.querySelectorAll("#waits, #who, #health, #fact, #more, .facts:not(:empty)")) {
    served.set(part, plain(part));
  }
}

// What the server said, less the words inside <time>, which go on by themselves.
function plain(part) {
  return part ? part.innerHTML.replace(/(<time[^>]*>)[^<]*/g, "$1") : "";
}

function copy(shown, fresh, name) {
  if (fresh.dataset[name] === undefined) delete shown.dataset[name];
  else shown.dataset[name] = fresh.dataset[name];
}

onVisible(() => {
  touched = Date.now();
  if (side()) lookNow();
});
for (const kind of ["pointerdown", "keydown"]) {
  document.addEventListener(kind, () => { touched = Date.now(); }, { passive: true });
}
