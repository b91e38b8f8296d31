// The page inside the shop's admin: forms and the standing are asked of our server, each time with
// a fresh session token. Nothing is kept in the browser.

const page = document.querySelector("main");
const said = document.getElementById("said");
const standing = document.getElementById("standing");
let timer = 0;

async function ask(path, body, again = true) {
  const token = await window.shopify.idToken();
  const answer = await fetch(`${page.dataset.home}${path}?locale=${page.dataset.locale}`, {
    method: path === "state" ? "GET" : "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: path === "state" ? undefined : JSON.stringify(body),
    credentials: "omit",
  });
  const over = answer.status === 401 && answer.headers.has("X-Shopify-Retry-Invalid-Session-Request");
  return over && again ? ask(path, body, false) : answer;
}

function show(html) {
  if (standing.dataset.shown !== html) {
    const parsed = new DOMParser().parseFromString(html, "text/html");
    standing.replaceChildren(...parsed.body.childNodes);
    standing.dataset.shown = html;
  }
  wait();
}

function say(text, tone = "") {
  said.textContent = text;
  said.className = text ? `said notice ${tone}` : "said";
}

// What came: a fragment to show, a way out to open, or a sentence.
async function take(answer, wayOut) {
  const json = (answer.headers.get("Content-Type") ?? "").includes("json");
  if (!json) {
    say("");
    show(await answer.text());
    return;
  }
  const known = await answer.json();
  say(known.message ?? known.said ?? "", known.message ? "bad" : "good");
  if (known.link) leave(known.link, wayOut);
  if (known.said) show(await (await ask("state")).text());
}

function leave(link, wayOut) {
  const anchor = document.createElement("a");
  anchor.href = link;
  anchor.target = "_blank";
  anchor.textContent = wayOut;
  anchor.className = "go";
  if (wayOut) said.append(" ", anchor);
  anchor.click();
}

async function send(form) {
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const answer = await ask(form.dataset.send, Object.fromEntries(new FormData(form)));
    await take(answer, form.dataset.send === "enter" ? "" : "→");
  } catch {
    say(page.dataset.failed, "bad");
  } finally {
    button.disabled = false;
  }
}

async function refresh() {
  try {
    if (!document.hidden) await take(await ask("state"), "");
  } catch {
    say(page.dataset.failed, "bad");
  }
  wait();
}

function wait() {
  clearTimeout(timer);
  const seconds = Number(standing.querySelector("[data-poll]")?.dataset.poll);
  if (seconds) timer = setTimeout(refresh, seconds * 1000);
}

document.addEventListener("submit", (event) => {
  event.preventDefault();
  send(event.target);
});

if (page.dataset.begin) {
  ask("begin", {}).then((answer) => take(answer, ""), () => say(page.dataset.failed, "bad"));
} else {
  wait();
}
