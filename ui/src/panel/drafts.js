// Half-filled forms outlive a look at another conversation for a while, also where the host makes a
// fresh frame for each: in the tab's own storage, under a hash of install, agent and conversation.
// Where a frame may store nothing, this page's memory has to do. Secrets are never kept.

import { panel, refill } from "./dom.js";
import { begin } from "./forms.js";

const LIFE = 15 * 60 * 1000;
const OURS = "mostrador-draft:";

const memory = new Map();
let place = "";
let last = null;

export function handleDrafts() {
  panel.addEventListener("input", typedInto);
  panel.addEventListener("change", typedInto);
  panel.addEventListener("click", closed, true); // before the button is gone
  panel.addEventListener("sent", forget);
  sweep();
}

function closed(event) {
  if (event.target.closest(".slot [data-close]")) forget();
}

/** Called before the panel is emptied. */
export function keep() {
  keepNow();
  place = "";
}

/** Called when a conversation is shown. */
export async function restore(shown) {
  const known = await named(shown);
  place = known;
  const draft = read(known);
  if (!draft) return;
  const slot = slotOf(draft.order);
  if (!slot) return;
  await begin(slot, draft.from);
  const form = slot.querySelectorAll("form")[draft.nth];
  if (!form || place !== known) return;
  refill(form, draft.values);
  last = form;
}

// Of an order, or of what waits for somebody.
function slotOf(order) {
  if (!order) return panel.querySelector("#inbox");
  const rows = [...panel.querySelectorAll("details.order")];
  const row = rows.find((each) => each.dataset.path === order);
  if (row) row.open = true;
  return row?.querySelector(".slot");
}

function typedInto(event) {
  const form = event.target.form;
  if (!form?.closest(".slot")) return;
  last = form;
  keepNow();
}

// A preview holds nothing typed that outlives it: its form does.
function keepNow() {
  const slot = last?.isConnected && last.closest(".slot");
  if (!place || !slot || last.matches(".preview")) return;
  const { action } = last.closest("[data-action]")?.dataset ?? {};
  const from = action ? `actions/${action}` : slot.dataset.from;
  const order = slot.closest(".order")?.dataset.path ?? "";
  const nth = [...slot.querySelectorAll("form")].indexOf(last);
  if (from) write(place, { at: Date.now(), order, from, nth, values: typed(last) });
}

function typed(form) {
  return [...new FormData(form)].filter(
    ([name, value]) => typeof value === "string" && !isSecret(form, name),
  );
}

function isSecret(form, name) {
  return form.querySelector(`[name="${CSS.escape(name)}"]`)?.matches("[data-secret], [type=password]");
}

function forget() {
  memory.delete(place);
  storing((storage) => storage.removeItem(place));
}

function write(key, draft) {
  memory.set(key, draft);
  storing((storage) => storage.setItem(key, JSON.stringify(draft)));
}

function read(key) {
  sweep();
  return memory.get(key) ?? storing((storage) => JSON.parse(storage.getItem(key)));
}

function sweep() {
  for (const [key, draft] of memory) if (isOld(draft)) memory.delete(key);
  storing((storage) => {
    for (const key of Object.keys(storage)) {
      if (key.startsWith(OURS) && isOld(JSON.parse(storage.getItem(key)))) storage.removeItem(key);
    }
  });
}

function isOld(draft) {
  return !(Date.now() - draft.at < LIFE);
}

// Storage may be forbidden, full, or written by somebody else: then there is no draft.
function storing(use) {
  try {
    return use(window.sessionStorage);
  } catch {
    return null;
  }
}

async function named(shown) {
  const text = `${document.body.dataset.base} ${shown}`;
  const digest = await crypto.subtle?.digest("SHA-256", new TextEncoder().encode(text));
  if (!digest) return "";
  const bytes = [...new Uint8Array(digest)];
  return OURS + bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
