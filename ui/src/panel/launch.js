// How a conversation arrives: in the document itself, or as a message of the embedding page.

import { panel, parse, problem, skeleton, text } from "./dom.js";
import { followSidebar, stopSidebar } from "./sidebar.js";
import * as session from "./session.js";

const boot = JSON.parse(document.getElementById("boot").textContent);
const origins = boot.origins ?? [];

export function listen() {
  document.getElementById("boot").remove();
  session.onClosed(close);
  window.addEventListener("message", hear);
  if (boot.token) begin(boot);
  tellParent("mostrador:ready");
}

function hear(event) {
  if (event.source !== window.parent || !allowed(event.origin)) return;
  const { type, launch } = event.data ?? {};
  if (type === "mostrador:launch" && typeof launch === "string") open(launch);
}

async function open(launch) {
  stopSidebar();
  session.forgetAll();
  const mine = session.leave();
  panel.replaceChildren(skeleton());
  try {
    const answer = await session.askLaunch(launch);
    const content = await answer.text();
    if (session.isCurrent(mine)) show(answer.ok, content);
  } catch {
    if (session.isCurrent(mine)) panel.replaceChildren(problem(text("offline")));
  }
}

function show(ok, content) {
  if (!ok) {
    panel.replaceChildren(parse(content) ?? problem(text("offline")));
    return;
  }
  const opened = JSON.parse(content);
  document.documentElement.lang = opened.lang;
  panel.replaceChildren(parse(opened.html));
  begin(opened);
}

function begin(opened) {
  session.enter(session.session(opened));
  followSidebar();
}

// What was shown was shown to somebody whose session has ended: it goes too.
function close() {
  stopSidebar();
  const words = text("closed");
  session.forgetAll();
  session.leave();
  panel.replaceChildren(problem(words));
  tellParent("mostrador:expired");
}

function tellParent(type) {
  if (window.parent === window) return;
  const origin = parentOrigin();
  if (origin) window.parent.postMessage({ type }, origin);
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
