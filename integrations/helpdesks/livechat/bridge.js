// LiveChat by its own SDK, which takes the first handshake that comes, from wherever: messages of
// anybody but the framing page are stopped before.

import { createDetailsWidget } from "@livechat/agent-app-sdk";

export function connect(host) {
  host.fence();
  begin(host).catch(() => {}); // no handshake: the page goes on waiting for its helpdesk
  return {};
}

async function begin(host) {
  const widget = await createDetailsWidget();
  const tell = (profile) => {
    const said = known(profile ?? {});
    if (host.isNews(said)) host.context(said);
  };
  host.offer({ insert: (said) => insert(widget, said) });
  widget.on("customer_profile", tell);
  const early = widget.getCustomerProfile();
  if (early) tell(early);
}

function known({ id, name, email, chat }) {
  if (!id) return null;
  return {
    conversation: text(chat?.id),
    channel: "chat",
    messages: answers(chat?.preChatSurvey),
    customer: { id: text(id), name: text(name), emails: some([email]) },
  };
}

// What the customer filled in before the chat, perhaps an order's number.
function answers(survey) {
  return some((Array.isArray(survey) ? survey : []).map((each) => each?.answer));
}

async function insert(widget, said) {
  try {
    await widget.putMessage(said);
    return true;
  } catch {
    return false;
  }
}

function some(values) {
  return [...new Set(values.map(text))].filter(Boolean);
}

function text(value) {
  return value === null || value === undefined ? "" : String(value);
}
