// Forms in a slot: asked for, sent, refused, reviewed, and their results watched to the end.
// A form says itself where it goes (data-post), so that no kind of action is known here.

import { panel, parse, problem, refill, say, text } from "./dom.js";
import { tell as tellServer } from "./greet.js";
import { tell } from "./host.js";
import { ask, Gone } from "./session.js";
import { expectNews, lookNow, patch } from "./sidebar.js";
import { isVisible } from "./visible.js";

const QUICK = 500;
const QUICK_FOR = 5000;
const PATIENT = 3000;

export function handleForms() {
  panel.addEventListener("click", clicked);
  panel.addEventListener("submit", submitted);
  panel.addEventListener("change", changed);
  panel.addEventListener("keydown", typed);
}

/** Puts the answer of an address into a slot. */
export async function fetchInto(slot, path, focus) {
  const answer = await quietly(path);
  if (answer) fill(slot, answer.text, focus);
}

/** An answer, or null if nobody waits for it any more or nothing came. */
export async function quietly(path, options) {
  try {
    return await ask(path, options);
  } catch {
    return null;
  }
}

function clicked(event) {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.get) begin(slotOf(button), button.dataset.get);
  else if (button.dataset.step) step(button);
  else if ("close" in button.dataset) close(slotOf(button));
}

function typed(event) {
  const menu = event.target.closest(".menu[open]");
  const slot = event.target.closest(".slot");
  if (event.key !== "Escape" || (!slot && !menu)) return;
  event.preventDefault();
  event.stopPropagation();
  if (slot) close(slot);
  else closeMenu(menu);
}

function closeMenu(menu) {
  menu.open = false;
  menu.querySelector("summary").focus();
}

function slotOf(element) {
  const row = element.closest(".order");
  return element.closest(".slot") ?? (row ?? panel).querySelector(row ? ".slot" : "#inbox");
}

function close(slot) {
  const row = slot.closest(".order");
  expectNews();
  slot.replaceChildren();
  const opener = row?.querySelector(".bar :is([data-get], .menu summary)");
  (opener ?? row?.querySelector("summary") ?? panel.querySelector("#waits button, #q"))?.focus();
  lookNow();
}

function step(button) {
  const input = button.parentElement.querySelector("input");
  const value = (Number(input.value) || 0) + Number(button.dataset.step);
  input.value = Math.max(Number(input.min), Math.min(Number(input.max), value));
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

/** Fetches a form. One at a time: two half-filled ones would be one too many to keep apart. */
export function begin(slot, path) {
  slot.dataset.from = path;
  for (const other of panel.querySelectorAll(".slot:has(form)")) {
    if (other !== slot) other.replaceChildren();
  }
  for (const menu of panel.querySelectorAll(".menu[open]")) menu.open = false;
  return fetchInto(slot, path, true);
}

function fill(slot, html, focus) {
  slot.innerHTML = html;
  const content = slot.firstElementChild;
  if (content?.dataset.say && focus) say(content.dataset.say);
  if (focus) (slot.querySelector("[data-focus]") ?? slot.querySelector("button"))?.focus();
  settle(slot, content, Date.now());
}

// A result that is shown is told; what may still change is watched.
function settle(slot, content, since) {
  if (content?.dataset.untold !== undefined) tellServer(content.dataset.action);
  if (content?.dataset.watch) watch(slot, content, since);
}

// Every 500 ms for 5 s, then every 3 s, until the server says that nothing more will happen; not
// while nobody looks.
function watch(slot, shown, since) {
  const pause = Date.now() - since < QUICK_FOR ? QUICK : PATIENT;
  setTimeout(async () => {
    if (!shown.isConnected) return;
    const answer = isVisible() ? await quietly(shown.dataset.watch) : null;
    if (!shown.isConnected) return;
    const fresh = answer?.ok ? parse(answer.text) : null;
    if (!fresh || fresh.dataset.state === shown.dataset.state) {
      watch(slot, shown, since);
      return;
    }
    const inside = slot.contains(document.activeElement);
    slot.replaceChildren(fresh);
    say(fresh.dataset.say);
    if (!fresh.dataset.watch) finished(shown.dataset.watch, fresh.dataset.state);
    if (inside) slot.querySelector("[data-focus]")?.focus();
    settle(slot, fresh, since);
    lookNow();
  }, pause);
}

// The host may want to know that something ended; what and for whom stays here.
function finished(path, state) {
  tell("action.finished", { action: path.split("/").at(-1), state });
}

// An answer that changes what else is asked: the form comes again, with what was typed.
async function changed(event) {
  const { reform } = event.target.dataset;
  if (!reform) return;
  const form = event.target.form;
  const typed = new URLSearchParams(new FormData(form));
  const answer = await quietly(reform, { method: "POST", form: typed });
  if (!answer?.ok || !form.isConnected) return;
  const slot = form.closest(".slot");
  fill(slot, answer.text, false);
  const again = slot.querySelector("form");
  if (again) refill(again, [...typed].filter(([name]) => name !== "province"));
  slot.querySelector(`[name="${event.target.name}"]`)?.focus();
}

function submitted(event) {
  const form = event.target;
  if (!form.dataset.post) return;
  event.preventDefault();
  if (!form.dataset.sent) send(form);
}

async function send(form) {
  const data = new URLSearchParams(new FormData(form));
  const button = form.querySelector("button[type=submit]");
  form.dataset.sent = "1";
  button.disabled = true;
  unmark(form);
  try {
    const answer = await ask(form.dataset.post, { method: "POST", form: data });
    if (form.isConnected) received(form, answer);
  } catch (error) {
    if (error instanceof Gone || !form.isConnected) return;
    if (form.dataset.lost) lookAfter(form);
    else refuse(form, problem(text("offline")));
  }
}

function received(form, answer) {
  if (answer.ok && form.dataset.into === "side") {
    form.querySelector("input").blur();
    patch(answer.text);
  } else if (answer.ok) {
    fill(form.closest(".slot"), answer.text, true);
    if (form.dataset.lost) sent();
  } else if (answer.status >= 500 && form.dataset.lost) {
    lookAfter(form);
  } else {
    refuse(form, parse(answer.text));
  }
}

function sent() {
  panel.dispatchEvent(new Event("sent"));
  lookNow();
}

// Whether the confirmation arrived is not known: the action itself is asked, nothing is repeated.
async function lookAfter(form) {
  form.querySelector(".errors").replaceChildren(problem(text("offline")));
  while (form.isConnected) {
    await new Promise((resolve) => setTimeout(resolve, PATIENT));
    const answer = isVisible() ? await quietly(form.dataset.lost) : null;
    if (answer?.ok && form.isConnected) {
      panel.dispatchEvent(new Event("sent"));
      fill(form.closest(".slot"), answer.text, true);
      return;
    }
  }
}

function refuse(form, sentence) {
  delete form.dataset.sent;
  const button = form.querySelector("button[type=submit]");
  const again = form.querySelector("[data-again]");
  form.querySelector(".errors").replaceChildren(sentence ?? problem(text("offline")));
  button.disabled = false;
  if (again) {
    button.hidden = true;
    again.hidden = false;
    again.focus();
    return;
  }
  const field = form.elements[sentence?.dataset.field] ?? null;
  if (field?.focus && field.name) {
    field.setAttribute("aria-invalid", "true");
    field.focus();
  } else {
    button.focus();
  }
}

function unmark(form) {
  form.querySelector(".errors").replaceChildren();
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
}
