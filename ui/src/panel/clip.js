// Texts for the reply: put into it where the host can, copied otherwise; nothing is ever sent.

import { panel, say } from "./dom.js";
import { can, copyThere, insert, note } from "./host.js";

const SAID_FOR = 2000;
const WAYS = { insert, note };

export function handleClips() {
  panel.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-clip]");
    if (button) take(button);
  });
}

// What a host did not put there after all is copied.
async function take(button) {
  const { clip, text, done } = button.dataset;
  const taken = await (WAYS[clip] ?? copy)(text, button);
  if (taken !== false) told(button, done);
  else if (clip !== "copy") take(button.parentElement.querySelector("[data-clip=copy]"));
}

// A frame may lack the permission for the clipboard; a selection can be copied without one, and
// where that is refused too it stays selected for the keyboard.
async function copy(text, button) {
  if (can("copy")) return copyThere(text, button.dataset.done);
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return select(text, button);
  }
}

function select(text, button) {
  const box = document.createElement("textarea");
  box.value = text;
  box.readOnly = true;
  box.className = "clipped";
  box.setAttribute("aria-label", button.textContent);
  button.after(box);
  box.select();
  if (!document.execCommand("copy")) return false;
  box.remove();
  button.focus();
  return true;
}

function told(button, words) {
  const before = button.textContent;
  say(words);
  button.textContent = words;
  setTimeout(() => {
    button.textContent = before;
  }, SAID_FOR);
}
