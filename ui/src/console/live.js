// Keeps the Shops page true while it stays open: asks for the list, and swaps in place only what
// really changed. What somebody opened stays open, what has the focus is left alone.

const EVERY = 4000;
const PATIENT = 15000;

export function keepFresh() {
  const place = document.querySelector("[data-poll]");
  if (place) new Poll(place).later(EVERY);
}

class Poll {
  constructor(place) {
    this.place = place;
    this.tag = "";
    this.failures = 0;
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.now();
    });
  }

  later(wait) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.now(), wait);
  }

  async now() {
    if (document.hidden) return; // asked again when somebody looks
    try {
      const headers = { "X-Fragment": "1", "If-None-Match": this.tag };
      const answer = await fetch(this.place.dataset.poll, { headers, redirect: "error" });
      if (answer.status === 401) return location.reload();
      if (answer.ok) this.take(await answer.text(), answer.headers.get("ETag"));
      else if (answer.status !== 304) throw new Error(String(answer.status));
      this.failures = 0;
    } catch {
      this.failures += 1;
    }
    this.tell(this.failures > 1);
    this.later(this.failures ? PATIENT : EVERY);
  }

  take(html, tag) {
    const template = document.createElement("template");
    template.innerHTML = html; // escaped by the server
    if (swap(this.place.firstElementChild, template.content.firstElementChild)) this.tag = tag;
  }

  tell(stale) {
    const line = document.getElementById("stale");
    line.hidden = !stale;
    line.textContent = stale ? this.place.dataset.stale : "";
  }
}

/** False if something had to be left for the next time. */
function swap(old, fresh) {
  const ids = (list) => [...list.children].map((shop) => shop.id).join(" ");
  if (ids(old) !== ids(fresh)) {
    if (old.contains(document.activeElement)) return false;
    old.replaceWith(fresh);
    return true;
  }
  const pairs = [...old.children].flatMap((shop, place) => parts(shop, fresh.children[place]));
  return pairs.map(([before, after]) => exchange(before, after)).every(Boolean);
}

/** A shop's status, what was parked, and whatever else it holds, each on its own. */
function parts(shop, fresh) {
  const before = [...shop.children];
  const after = [...fresh.children];
  const same = before.length === after.length &&
    before.every((part, place) => part.className === after[place].className);
  return same ? before.map((part, place) => [part, after[place]]) : [[shop, fresh]];
}

function exchange(before, after) {
  for (const opened of before.querySelectorAll?.("details[open]") ?? []) {
    after.querySelector(`#${CSS.escape(opened.id)}`)?.setAttribute("open", "");
  }
  if (before.open) after.open = true;
  if (before.isEqualNode(after)) return true;
  if (before.contains(document.activeElement)) return false;
  before.replaceWith(after);
  return true;
}
