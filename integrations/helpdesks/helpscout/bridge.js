// Help Scout by its own SDK, which only speaks while this document is the one that was loaded into
// the frame: nothing here, and nothing in the panel, may navigate.

import HelpScout from "@helpscout/javascript-sdk";

export function connect(host) {
  // The SDK takes any window of an origin that resembles theirs for the parent; this does not.
  host.listen((message) => {
    if (message?.type !== "SEND_APP_CONTEXT") return;
    const said = context(message);
    if (host.isNews(said)) host.context(said);
  });
  HelpScout.getApplicationContext();
  return {
    resize: (height) => HelpScout.setAppHeight(height),
    copy: (said, words) => HelpScout.setClipboardText(said, words),
  };
}

// A conversation's newest context comes again unasked, each time that anything in it changes.
function context({ conversation, customer, user }) {
  if (!conversation && !customer) return null;
  const writer = customer ?? {};
  const here = list(conversation?.customers).find(({ id }) => id === writer.id) ?? {};
  return {
    conversation: text(conversation?.id),
    subject: text(conversation?.subject),
    agent: { id: text(user?.id), name: name(user ?? {}), email: text(user?.email) },
    customer: {
      id: text(writer.id),
      name: name(writer),
      emails: values([...list(here.emails), ...list(writer.emails)]),
      phones: values(list(writer.phones)),
    },
  };
}

function name({ firstName, lastName }) {
  return [firstName, lastName].map(text).filter(Boolean).join(" ");
}

function values(all) {
  return [...new Set(all.map(({ value }) => text(value)))].filter(Boolean).slice(0, 20);
}

function list(all) {
  return Array.isArray(all) ? all : [];
}

function text(value) {
  return value === null || value === undefined ? "" : String(value);
}
