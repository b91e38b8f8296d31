// Whether anybody can see this frame: a frame nobody sees asks for nothing and renews nothing.

let shownByHost = true;
let seen = isVisible();
const listeners = [];

export function isVisible() {
  return shownByHost && !document.hidden;
}

/** Called each time the frame is seen again. */
export function onVisible(listener) {
  listeners.push(listener);
}

/** Hosts that keep frames of other conversations say which one is looked at. */
export function shown(visible) {
  shownByHost = visible;
  changed();
}

function changed() {
  if (isVisible() === seen) return;
  seen = !seen;
  if (seen) for (const listener of listeners) listener();
}

document.addEventListener("visibilitychange", changed);
