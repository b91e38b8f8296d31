// Zendesk by its own SDK. Each sidebar of each ticket is a frame of its own; it is told when its
// tab is looked at and when the requester changes.

import ZAFClient from "zendesk_app_framework_sdk";

const TICKET = ["ticket.id", "ticket.subject", "ticket.requester", "ticket.comments",
  "ticket.conversation", "currentUser"];
const PERSON = ["user", "currentUser"];
const CHANGES = ["ticket.requester.id.changed", "ticket.requester.email.changed"];
const MOST_MESSAGES = 20;

export function connect(host) {
  const origin = host.query("origin");
  // The SDK believes whatever origin its address names.
  const client = host.allowed(origin) && ZAFClient.init();
  if (!client) return {};
  const tell = teller(client, host, origin);
  client.on("app.activated", () => host.visible(true));
  client.on("app.deactivated", () => host.visible(false));
  for (const event of CHANGES) {
    client.on(event, () => {
      host.context(null);
      tell();
    });
  }
  const tools = { resize: (height) => resize(client, height) };
  client.context().then(({ location }) => {
    if (location !== "user_sidebar") host.offer({ ...tools, ...writing(client) });
    return tell();
  });
  return tools;
}

// What came before is not told any more once something else was asked for.
function teller(client, host, origin) {
  let count = 0;
  return async () => {
    count += 1;
    const mine = count;
    const said = await read(client, origin);
    if (mine === count) host.context(said);
  };
}

async function read(client, origin) {
  const { location } = await client.context();
  const known = await client.get(location === "user_sidebar" ? PERSON : TICKET).catch(() => ({}));
  const customer = known["ticket.requester"] ?? known.user ?? {};
  const me = known.currentUser ?? {};
  const id = text(known["ticket.id"]);
  return {
    conversation: id,
    link: id ? `${origin}/agent/tickets/${id}` : "",
    subject: text(known["ticket.subject"]),
    messages: messages(known, customer),
    locale: text(me.locale),
    agent: { id: text(me.id), name: text(me.name), email: text(me.email) },
    customer: person(customer),
  };
}

function person({ id, name, email, phone, identities }) {
  const all = (Array.isArray(identities) ? identities : []).map(identity);
  const of = (kind) => all.filter((each) => each.kind === kind).map((each) => each.value);
  return {
    id: text(id),
    name: text(name),
    emails: some([email, ...of("email")]),
    phones: some([phone, ...of("phone")]),
    handles: some(of("handle")),
  };
}

// {type: "email" | "phone_number" | "whatsapp" | …, value}; WhatsApp leaves out the plus.
function identity({ type, value }) {
  const kind = text(type).toLowerCase();
  const said = text(value);
  if (kind === "email") return { kind, value: said };
  if (/phone|whatsapp|sms/.test(kind)) {
    const whole = kind.includes("whatsapp") && /^\d{8,15}$/.test(said);
    return { kind: "phone", value: whole ? `+${said}` : said };
  }
  return { kind: "handle", value: said && `${kind}:${said}` };
}

// What the requester wrote; answers and notes of agents name other people's orders too.
function messages(known, { id }) {
  const theirs = ({ author }) => id !== undefined && text(author?.id) === text(id);
  const comments = list(known["ticket.comments"]).filter(theirs).map(({ value }) => plain(value));
  const chat = list(known["ticket.conversation"]).filter(theirs)
    .map(({ message }) => plain(message?.content));
  return some([...comments, ...chat]).slice(-MOST_MESSAGES);
}

// Comments are HTML; a parsed document runs nothing and loads nothing.
function plain(html) {
  const lines = text(html).replace(/<(br|\/p|\/div|\/li|\/td)\b/gi, "\n$&");
  return new DOMParser().parseFromString(lines, "text/html").body.textContent.trim();
}

function writing(client) {
  return {
    insert: (said) => quietly(() => insert(client, said)),
    note: (said) => quietly(async () => {
      await client.set("ticket.comment.type", "internalNote");
      await client.invoke("ticket.comment.appendText", said);
    }),
  };
}

// At the cursor if this Zendesk can; that one may read markup, so text with any goes the other way.
async function insert(client, said) {
  if (/[<>]/.test(said)) return client.invoke("ticket.comment.appendText", said);
  try {
    return await client.invoke("ticket.editor.insert", said);
  } catch {
    return client.invoke("ticket.comment.appendText", said);
  }
}

async function quietly(act) {
  try {
    await act();
    return true;
  } catch {
    return false;
  }
}

function resize(client, height) {
  client.invoke("resize", { width: "100%", height: `${height}px` }).catch(() => {});
}

function list(values) {
  return Array.isArray(values) ? values : [];
}

function some(values) {
  return [...new Set(values.map(text))].filter(Boolean).slice(0, MOST_MESSAGES);
}

function text(value) {
  return value === null || value === undefined ? "" : String(value);
}
