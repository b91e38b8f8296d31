// Orders opened in the list.

import { keepingPlace, panel, skeleton } from "./dom.js";
import { fetchInto, quietly } from "./forms.js";
import { wantMore } from "./sidebar.js";

export function handleOrders() {
  panel.addEventListener("toggle", opened, true);
  panel.addEventListener("click", (event) => {
    const button = event.target.closest("[data-more]");
    if (button) more(button);
  });
}

/** Fills an opened order; what was there stays until the answer is here. */
export async function loadFacts(row) {
  const facts = row.querySelector(".facts");
  if (!facts) return;
  if (!facts.hasChildNodes()) facts.replaceChildren(skeleton());
  const answer = await quietly(`orders/${row.dataset.path}`);
  if (!answer) return;
  keepingPlace(facts, () => { facts.innerHTML = answer.text; });
  resume(row);
}

/** What was done with an order; asked anew whenever it is opened. */
async function loadHistory(part) {
  const answer = await quietly(`history/${part.dataset.path}`);
  if (answer) part.lastElementChild.innerHTML = answer.text; // escaped by the server
  else part.open = false;
}

/** An action that is still open shows where it stands, also to a colleague. */
export function resume(row) {
  const path = row.querySelector("[data-resume]")?.dataset.resume;
  const slot = row.querySelector(".slot");
  if (path && !slot.hasChildNodes()) fetchInto(slot, path, false);
}

function opened(event) {
  const row = event.target;
  if (row.matches?.("details.history") && row.open) loadHistory(row);
  if (!row.matches?.("details.order") || !row.open) return;
  if (!row.querySelector(".facts").hasChildNodes()) loadFacts(row);
}

async function more(button) {
  const place = panel.querySelectorAll(".order").length;
  button.disabled = true;
  await wantMore();
  panel.querySelectorAll(".order > summary")[place]?.focus();
}
