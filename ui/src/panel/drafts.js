// Half-filled forms outlive a look at another conversation, for a while and in this page's memory.

import { panel } from "./dom.js";
import { begin } from "./forms.js";

const LIFE = 15 * 60 * 1000;

const drafts = new Map();
let place = "";

/** Called before the panel is emptied. */
export function keep() {
  const form = panel.querySelector(".slot form[data-post]:not([data-lost])");
  const slot = form?.closest(".slot");
  if (place && slot?.dataset.from) {
    const order = slot.closest(".order").dataset.path;
    const values = [...new FormData(form)].filter(([, value]) => typeof value === "string");
    drafts.set(place, { at: Date.now(), order, from: slot.dataset.from, values });
  }
  place = "";
}

/** Called when a conversation is shown. */
export async function restore(shown) {
  place = shown;
  const draft = drafts.get(shown);
  drafts.delete(shown);
  if (!draft || Date.now() - draft.at > LIFE) return;
  const rows = [...panel.querySelectorAll("details.order")];
  const row = rows.find((each) => each.dataset.path === draft.order);
  if (!row) return;
  row.open = true;
  const slot = row.querySelector(".slot");
  await begin(slot, draft.from);
  const form = slot.querySelector("form[data-post]");
  if (form && place === shown) fill(form, draft.values);
}

function fill(form, values) {
  for (const field of form.elements) {
    const given = values.filter(([name]) => name === field.name).map(([, value]) => value);
    if (field.type === "radio" || field.type === "checkbox") field.checked = given.includes(field.value);
    else if (field.type !== "hidden" && given.length) field.value = given[0];
  }
}
