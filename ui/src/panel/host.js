// The embedding page. Its messages count only if they come from the parent and from an origin of
// this install; whatever else a host speaks, its bridge (integrations/helpdesks/*/bridge.js) or the
// protocol of docs/embed.md brings into the same few calls.

import { boot } from "./boot.js";
import { panel } from "./dom.js";
import * as embed from "./embed.js";
import { shown } from "./visible.js";

const origins = boot.origins ?? [];
const early = globalThis.mostradorEarly ?? [];
let tools = {};
let growing = null;
let last = "";

/** `handlers` are {context(said | null), launch(token)}. */
export function meet(handlers) {
  const bridge = globalThis.mostradorBridge ?? embed;
  const host = { ...handlers, listen, post, visible: shown, query, allowed, fence, offer, isNews };
  offer(bridge.connect({ ...host, locale: navigator.language }) ?? {});
  window.removeEventListener("message", globalThis.mostradorHear);
  panel.addEventListener("click", leave);
}

// Also called by a bridge that learns later what its host can do.
function offer(known) {
  tools = known;
  document.documentElement.dataset.can = Object.keys(tools).join(" ");
  if (!tools.resize || growing) return;
  growing = new ResizeObserver(grow);
  growing.observe(panel);
}

/** Whether the host can do "insert", "open", "resize", "copy" or "note". */
export function can(ability) {
  return typeof tools[ability] === "function";
}

/** Puts text into the reply that is being written; nothing is ever sent. */
export function insert(text) {
  return tools.insert?.(text);
}

/** Puts text into the clipboard by the host, which may where a frame may not. */
export function copyThere(text, done) {
  return tools.copy(text, done);
}

/** Leaves text as a note that the customer does not see. */
export function note(text) {
  return tools.note?.(text);
}

/** Tells a host that wants to know; never with anything personal in it. */
export function tell(event, details = {}) {
  tools.tell?.(event, details);
}

function query(name) {
  return new URLSearchParams(window.location.search).get(name) ?? "";
}

// What came before this script ran is heard first.
function listen(handler) {
  const hear = (event) => {
    if (event.source === window.parent && allowed(event.origin)) handler(event.data, event);
  };
  window.addEventListener("message", hear);
  for (const event of early.splice(0)) hear(event);
}

// For hosts that tell the same again: whether this differs from what was asked about last.
function isNews(said) {
  const words = JSON.stringify(said);
  const differs = words !== last;
  last = words;
  return differs;
}

// For SDKs that listen to whoever speaks first: they hear what a bridge would.
function fence() {
  const stop = (event) => {
    if (event.source !== window.parent || !allowed(event.origin)) event.stopImmediatePropagation();
  };
  window.addEventListener("message", stop, { capture: true });
}

function post(message) {
  if (window.parent === window) return;
  const origin = parentOrigin();
  if (origin) window.parent.postMessage(message, origin);
}

function leave(event) {
  const link = event.target.closest("a[target=_blank]");
  if (!link || !tools.open) return;
  event.preventDefault();
  tools.open(link.href);
}

function grow() {
  tools.resize(Math.ceil(panel.getBoundingClientRect().height) + 16);
}

function parentOrigin() {
  const known = window.location.ancestorOrigins?.[0] ?? originOf(document.referrer);
  if (known) return allowed(known) ? known : "";
  return origins.find((origin) => !origin.includes("*")) ?? "";
}

function originOf(url) {
  return URL.canParse?.(url) ? new URL(url).origin : "";
}

// An entry is an origin, or one with "*." before the host, as in the frame-ancestors of its page.
function allowed(origin) {
  return origins.some((entry) => {
    const [scheme, host] = entry.split("://*.");
    if (host === undefined) return entry === origin;
    return origin.startsWith(`${scheme}://`) && origin.endsWith(`.${host}`);
  });
}
