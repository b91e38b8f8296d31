// Our own protocol, version 1, for hosts that have none: docs/embed.md is its contract.

const VERSIONS = [1];
const ABILITIES = ["insert", "open", "resize", "note"];
const LEAST_WIDTH = 230;
const GREETINGS = [0, 250, 1000, 3000, 8000];
const UNFILLED = /^(\{\{.*\}\}|\{.*\}|\$\w+)$/;

const ACK_WITHIN = 2000;

let count = 0;
const asked = new Map();

export function connect(host) {
  const tools = { tell: (event, details) => say(host, event, details) };
  host.listen((message) => hear(host, tools, message));
  readHash(host);
  window.addEventListener("hashchange", () => readHash(host));
  greet(host, tools);
  return tools;
}

// Again until there is an answer: the page around may listen later than this frame speaks.
function greet(host, tools) {
  const details = { versions: VERSIONS, abilities: ABILITIES, least_width: LEAST_WIDTH };
  for (const pause of GREETINGS) {
    setTimeout(() => tools.heard || say(host, "hello", details), pause);
  }
}

// Hosts that only fill an address template put the conversation behind "#", where no log sees it.
function readHash(host) {
  const given = new URLSearchParams(window.location.hash.slice(1));
  const one = (name) => (given.get(name) ?? "").replace(UNFILLED, "").trim();
  // In these a space was a plus that the host did not encode.
  const emails = [one("email").replaceAll(" ", "+")].filter(Boolean);
  const phones = [one("phone") && given.get("phone").replace(/^ /, "+")].filter(Boolean);
  const customer = { name: one("name"), id: one("customer"), emails, phones };
  const conversation = one("conversation");
  if (!conversation && !customer.emails.length && !customer.phones.length) return;
  host.context({
    conversation,
    customer,
    subject: one("subject"),
    channel: one("channel"),
    link: one("link"),
    locale: one("locale"),
    agent: { email: one("agent") },
  });
}

function hear(host, tools, message) {
  if (typeof message?.type !== "string" || !message.type.startsWith("mostrador:")) return;
  tools.heard = true;
  const code = take(host, tools, message.type.slice(10), message);
  if (code !== null && message.id) say(host, "ack", { re: message.id, ok: !code, code });
}

// "" is well, null asks for no acknowledgement.
function take(host, tools, kind, message) {
  if (kind === "ack") return acknowledged(message);
  if (kind === "welcome") return welcome(host, tools, message);
  if (kind === "launch") return launch(host, message);
  if (kind === "context") return context(host, message);
  if (kind === "visible") return visible(host, message);
  return "unknown_type";
}

function welcome(host, tools, { version, abilities = [] }) {
  if (!VERSIONS.includes(version)) return "version_unknown";
  if (abilities.includes("insert")) tools.insert = (text) => ask(host, "insert", { text });
  if (abilities.includes("note")) tools.note = (text) => ask(host, "note", { text });
  if (abilities.includes("resize")) tools.resize = (height) => say(host, "resize", { height });
  if (abilities.includes("open")) tools.open = (url) => say(host, "open", { url });
  host.offer(tools);
  return "";
}

function launch(host, { launch: token }) {
  if (typeof token !== "string") return "invalid";
  host.launch(token);
  return "";
}

function context(host, { context: said }) {
  if (said === undefined || typeof said !== "object") return "invalid";
  host.context(said);
  return "";
}

function visible(host, message) {
  if (typeof message.visible !== "boolean") return "invalid";
  host.visible(message.visible);
  return "";
}

// False if the host says that it did not; a host that says nothing is believed.
function ask(host, kind, details) {
  return new Promise((resolve) => {
    const re = say(host, kind, details);
    asked.set(re, resolve);
    setTimeout(() => acknowledged({ re }), ACK_WITHIN);
  });
}

function acknowledged({ re, ok }) {
  asked.get(re)?.(ok !== false);
  asked.delete(re);
  return null;
}

function say(host, kind, details) {
  count += 1;
  const id = `p${count}`;
  host.post({ type: `mostrador:${kind}`, id, ...details });
  return id;
}
