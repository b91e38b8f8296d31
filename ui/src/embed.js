// For pages that embed the panel: connect(frame, handlers) speaks version 1 of docs/embed.md and
// says what is likely wrong if the panel gives no sign of life.

const PATIENCE = 5000;
const ABILITIES = ["insert", "note", "open", "resize"];
const MEMBERS = { insert: "text", note: "text", open: "url", resize: "height" };

let count = 0;

/** `handlers` may hold insert(text), note(text), open(url), resize(height), finished({action, state}),
 *  expired(), ready() and problem(reasons). Gives launch(token), context(said) and visible(boolean). */
export function connect(frame, handlers = {}) {
  const origin = new URL(frame.src, location.href).origin;
  const waiting = [];
  let ready = false;

  function post(kind, details) {
    count += 1;
    const message = { type: `mostrador:${kind}`, id: `h${count}`, ...details };
    if (ready) frame.contentWindow.postMessage(message, origin);
    else waiting.push(message);
  }

  function hello({ id }) {
    const first = !ready;
    ready = true;
    clearTimeout(timer);
    const abilities = ABILITIES.filter((name) => typeof handlers[name] === "function");
    post("welcome", { re: id, version: 1, abilities });
    for (const message of waiting.splice(0)) frame.contentWindow.postMessage(message, origin);
    if (first) handlers.ready?.();
  }

  function take(kind, message) {
    if (kind === "hello") return hello(message);
    if (kind === "action.finished") {
      return handlers.finished?.({ action: message.action, state: message.state });
    }
    if (kind === "expired") return handlers.expired?.();
    if (!ABILITIES.includes(kind)) return undefined;
    const done = handlers[kind]?.(message[MEMBERS[kind]]) !== false;
    return post("ack", { re: message.id, ok: done });
  }

  window.addEventListener("message", ({ source, origin: from, data }) => {
    if (source !== frame.contentWindow || from !== origin) return;
    if (typeof data?.type !== "string" || !data.type.startsWith("mostrador:")) return;
    take(data.type.slice(10), data);
  });
  const timer = setTimeout(() => handlers.problem?.(reasons(frame, origin)), PATIENCE);

  return {
    launch: (token) => post("launch", { launch: token }),
    context: (said) => post("context", { context: said }),
    visible: (seen) => post("visible", { visible: Boolean(seen) }),
  };
}

function reasons(frame, origin) {
  const sandbox = frame.hasAttribute("sandbox") ? [...frame.sandbox] : null;
  const found = [];
  if (location.protocol === "https:" && origin.startsWith("http:")) {
    found.push("This page is on https and the panel is not: browsers load no such frame.");
  }
  if (sandbox && !sandbox.includes("allow-scripts")) {
    found.push('The frame\'s sandbox needs "allow-scripts".');
  }
  if (sandbox && !sandbox.includes("allow-same-origin")) {
    found.push('The frame\'s sandbox needs "allow-same-origin".');
  }
  found.push(
    `${location.origin} may not be an origin of this install, so that the browser refuses the frame.`,
    `A Content-Security-Policy of this page may lack "frame-src ${origin}".`,
    "The address of the panel may be wrong, or the panel does not answer.",
  );
  return ["Mostrador is not ready after 5 s, likely because:", ...found];
}
