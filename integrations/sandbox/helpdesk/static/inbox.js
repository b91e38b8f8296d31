// The pretend helpdesk's side of the frame. The first launch is posted into the frame by a form;
// once the panel says it listens, further ones are sent to it as messages.
const page = document.body;
const { lang, origin } = page.dataset;
const frame = document.getElementById("panel");
const form = document.getElementById("launch");
const agent = document.getElementById("agent");
const width = document.getElementById("width");
const said = document.getElementById("said");
const SETTLE_MS = 1500;

let ticket = Number(document.querySelector("nav [aria-current]").dataset.ticket);
let panel = "empty"; // empty | loading | ready | mute (loaded, and said nothing)
let opening = 0; // the newest launch; answers to older ones are dropped
let delivered = 0; // the launch that the form carried

async function ask(path) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ ticket, agent: agent.value, lang }),
  });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  const body = await answer.json();
  show(body);
  return body;
}

function show({ asleep, losing, said: text }) {
  document.getElementById("asleep").hidden = !asleep;
  document.querySelector("[data-switch=lose]").setAttribute("aria-checked", String(losing));
  document.querySelector("[data-switch=wake]").setAttribute("aria-checked", String(!asleep));
  said.textContent = text || "";
}

/** Opens the panel for what is selected now; never lets an older person be seen meanwhile. */
async function open() {
  const mine = ++opening;
  frame.classList.add("waiting");
  if (panel === "loading") return; // whoever ends the loading opens the newest
  try {
    const { launch } = await ask("/launch");
    if (mine === opening) deliver(launch);
  } catch (error) {
    said.textContent = String(error.message);
  }
}

function deliver(launch) {
  if (panel === "ready") {
    frame.contentWindow.postMessage({ type: "mostrador:launch", launch }, origin);
    frame.classList.remove("waiting");
    return;
  }
  panel = "loading";
  delivered = opening;
  form.elements.launch.value = launch;
  form.submit();
}

function arrived(state) {
  panel = state;
  if (delivered === opening) frame.classList.remove("waiting");
  else open();
}

function tell(type, details) {
  frame.contentWindow.postMessage({ type: `mostrador:${type}`, ...details }, origin);
}

/** What the panel may do here: put text where the reply is being written. */
function insert(text) {
  const reply = document.querySelector("article:not([hidden]) textarea");
  reply.setRangeText(text, reply.selectionStart, reply.selectionEnd, "end");
  return reply;
}

window.addEventListener("message", (event) => {
  if (event.origin !== origin || event.source !== frame.contentWindow) return;
  const { type, id, text } = event.data ?? {};
  if (type === "mostrador:hello") {
    tell("welcome", { re: id, version: 1, abilities: ["insert"] });
    if (panel !== "ready") arrived("ready");
  }
  if (type === "mostrador:insert") tell("ack", { re: id, ok: Boolean(insert(String(text))) });
  if (type === "mostrador:expired") open();
});

frame.addEventListener("load", () => {
  if (panel === "loading") {
    setTimeout(() => panel === "loading" && arrived("mute"), SETTLE_MS);
  }
});

function remember() {
  const query = new URLSearchParams({ lang, ticket, agent: agent.value, width: width.value });
  history.replaceState(null, "", `?${query}`);
  query.set("lang", lang === "es" ? "en" : "es");
  document.getElementById("language").href = `?${query}`;
}

function select(number) {
  ticket = number;
  for (const button of document.querySelectorAll("nav button")) {
    if (Number(button.dataset.ticket) === number) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
  for (const article of document.querySelectorAll("article")) {
    article.hidden = Number(article.dataset.ticket) !== number;
  }
  remember();
  open();
}

document.getElementById("tickets").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) select(Number(button.dataset.ticket));
});
agent.addEventListener("change", () => {
  remember();
  open();
});
width.addEventListener("change", () => {
  frame.width = width.value;
  remember();
});
for (const button of document.querySelectorAll("[data-switch]")) {
  button.addEventListener("click", async () => {
    button.disabled = true;
    if (button.dataset.switch === "second") button.setAttribute("aria-checked", "true");
    said.textContent = said.dataset.working;
    try {
      await ask(`/switch/${button.dataset.switch}`);
    } catch (error) {
      said.textContent = String(error.message);
    }
    document.querySelector("[data-switch=second]").setAttribute("aria-checked", "false");
    button.disabled = false;
    button.focus();
  });
}

remember();
open();
