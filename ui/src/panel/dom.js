// Small things about the document that every module needs.

export const panel = document.getElementById("panel");

/** A text of the server in the agent's language: "offline", "closed" or "ages". */
export function text(name) {
  return (panel.querySelector(".panel") ?? document.body).dataset[name] ?? "";
}

/** The first element of a fragment the server made (and escaped). */
export function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.firstElementChild;
}

/** Changes what is in a part. What was folded out there stays so, and whoever stood in it with the
 * keyboard stands in the same place afterwards, or at the head of the order. */
export function keepingPlace(part, change) {
  const focus = part.contains(document.activeElement) ? document.activeElement.outerHTML : "";
  const open = [...part.querySelectorAll("details[open]")].map((one) => one.className);
  change();
  for (const one of part.querySelectorAll("details")) {
    if (open.includes(one.className)) one.open = true;
  }
  if (!focus) return;
  const same = [...part.querySelectorAll("a, button, summary")].find((one) => one.outerHTML === focus);
  (same ?? part.closest("details")?.querySelector("summary"))?.focus();
}

/** Reads out to those who do not see. */
export function say(words) {
  document.getElementById("say").textContent = words ?? "";
}

/** A sentence in the place of an answer. */
export function problem(words) {
  const line = document.createElement("p");
  line.className = "problem";
  line.setAttribute("role", "alert");
  line.textContent = words;
  return line;
}

export function skeleton() {
  return document.getElementById("skeleton").content.cloneNode(true);
}

// A form as it was typed; `values` are [name, value].
export function refill(form, values) {
  for (const field of form.elements) {
    const given = values.filter(([name]) => name === field.name).map(([, value]) => value);
    if (field.type === "radio" || field.type === "checkbox") field.checked = given.includes(field.value);
    else if (field.type !== "hidden" && given.length) field.value = given[0];
  }
}
