// Front by its own SDK, which hands its port to whoever frames the page: that only Front does is
// the business of the install's frame-ancestors.

import { contextUpdates } from "@frontapp/plugin-sdk";

// Which windows of Front are about one person: dev.frontapp.com/reference/plugin-sdk-context. The
// composer's also come as popovers.
const ABOUT_ONE = ["singleConversation", "singleConversationPopover", "message",
  "messageComposer", "noConversationPopover"];
const MOST_MESSAGES = 20;
const PATIENCE = 3000;

export function connect(host) {
  let count = 0;
  let able = {};
  contextUpdates.subscribe(async (context) => {
    able = tools(context);
    host.offer(able);
    const said = known(context);
    if (!host.isNews(said)) return;
    count += 1;
    const mine = count;
    host.context(null);
    if (!said) return;
    const theirs = (await messages(context)).filter(({ status }) => status === "inbound");
    if (mine !== count) return;
    host.context({
      ...said,
      messages: some(theirs.map(({ content }) => plain(content))).slice(0, MOST_MESSAGES),
      reply_to: some(theirs.map(({ replyTo }) => replyTo?.handle)).filter((at) => at.includes("@")),
    });
  });
  return able; // a context that is there already is told at once
}

// Null for none, several, and windows that are no conversation.
function known(context) {
  const one = about(context);
  if (!one) return null;
  const { recipient } = one;
  const { teammate } = context;
  const contact = recipient?.contact;
  return {
    conversation: text(one.id),
    channel: text(one.type),
    subject: text(one.subject),
    agent: { id: text(teammate?.id), name: text(teammate?.name), email: text(teammate?.email) },
    customer: {
      id: text(contact?.id),
      name: text(recipient?.name ?? contact?.name),
      ...handles([recipient, ...list(contact?.handles)]),
    },
  };
}

// The conversation, or a new mail to somebody: to one person alone, as orders of several would mix.
function about({ type, conversation, draft }) {
  if (!ABOUT_ONE.includes(type)) return null;
  if (conversation) return conversation;
  const [only, ...others] = list(draft?.to);
  return only && !others.length ? { ...draft, type: "", recipient: only } : null;
}

function handles(all) {
  const found = { emails: [], phones: [], handles: [] };
  for (const { handle, type } of all.filter((each) => each?.handle)) {
    const said = text(handle);
    if (said.includes("@") && !said.startsWith("@")) found.emails.push(said);
    else if (/^\+?[\d ()-]{6,}$/.test(said)) found.phones.push(said);
    else found.handles.push(type ? `${text(type)}:${said}` : said);
  }
  return { emails: some(found.emails), phones: some(found.phones), handles: some(found.handles) };
}

// A Front that does not answer is not waited for: the address alone is enough to begin.
async function messages(context) {
  if (!can(context, "listMessages")) return [];
  const late = new Promise((resolve) => setTimeout(() => resolve({}), PATIENCE));
  const { results } = await Promise.race([context.listMessages().catch(() => ({})), late]) ?? {};
  return list(results);
}

// Mails are HTML; a parsed document runs nothing and loads nothing.
function plain(content) {
  const said = text(content?.body);
  if (content?.type !== "html") return said;
  const lines = said.replace(/<(br|\/p|\/div|\/li|\/td)\b/gi, "\n$&");
  return new DOMParser().parseFromString(lines, "text/html").body.textContent.trim();
}

function tools(context) {
  const found = {};
  if (can(context, "openUrl")) found.open = (url) => quietly(() => context.openUrl(url));
  if (about(context) && (draftOf(context) || can(context, "createDraft"))) {
    found.insert = (body) => quietly(() => insert(context, { body, type: "text" }));
  }
  return found;
}

// Into the draft that is open, else a reply is begun; it stays a draft.
async function insert(context, content) {
  const draft = draftOf(context);
  if (draft) return context.updateDraft(draft, { updateMode: "insert", content });
  const newest = (await messages(context)).reduce(later, null);
  if (!newest) throw new Error("nothing to reply to");
  const replyOptions = { type: "reply", originalMessageId: newest.id };
  return context.createDraft({ content, replyOptions });
}

function draftOf(context) {
  if (!can(context, "updateDraft")) return "";
  return text(context.draft?.id ?? context.conversation?.draftId);
}

function later(one, other) {
  return one && new Date(one.date) >= new Date(other.date) ? one : other;
}

function can(context, name) {
  return Number.isInteger(context.functionArities?.[name]);
}

async function quietly(act) {
  try {
    await act();
    return true;
  } catch {
    return false;
  }
}

function list(values) {
  return Array.isArray(values) ? values : [];
}

function some(values) {
  return [...new Set(values.map(text))].filter(Boolean);
}

function text(value) {
  return value === null || value === undefined ? "" : String(value);
}
