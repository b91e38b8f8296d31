// Chatwoot posts one JSON string when the frame has loaded, and makes a fresh frame for every
// conversation. It is never asked: with several dashboard apps only one of them would get an answer.

const INCOMING = 0;
const MOST_MESSAGES = 20;

export function connect(host) {
  let last = "";
  host.listen((message) => {
    if (typeof message !== "string" || message === last) return;
    const said = parse(message);
    if (said?.event !== "appContext" || !said.data?.conversation) return;
    last = message;
    host.context(context(said.data));
  });
  return {};
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function context({ conversation, contact, currentAgent }) {
  const sender = conversation.meta?.sender ?? {};
  const people = [sender, contact ?? {}];
  return {
    conversation: text(conversation.id),
    channel: text(conversation.meta?.channel ?? conversation.channel).split("::").at(-1),
    subject: text(conversation.additional_attributes?.mail_subject),
    messages: messages(conversation.messages ?? []),
    agent: agent(currentAgent ?? {}),
    customer: {
      name: text(sender.name ?? contact?.name),
      id: text(sender.identifier ?? contact?.identifier),
      emails: known(people.map((person) => person.email)),
      phones: known(people.map((person) => person.phone_number)),
    },
  };
}

// What the customer wrote; notes and answers of agents name other people's orders too.
function messages(all) {
  const theirs = all.filter(({ message_type: type, private: note }) => type === INCOMING && !note);
  return known(theirs.map(({ content }) => content)).slice(-MOST_MESSAGES);
}

function agent({ id, name, email }) {
  return { id: text(id), name: text(name), email: text(email) };
}

function known(values) {
  return [...new Set(values.map(text))].filter(Boolean);
}

function text(value) {
  return value === null || value === undefined ? "" : String(value);
}
