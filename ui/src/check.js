// The check page: what this frame is given, what its parent says, and what is still missing.

const list = document.getElementById("facts");
const heard = document.getElementById("heard");
const words = list.dataset;
const kinds = new Map();

function fact(name, good, text) {
  const line = document.createElement("li");
  line.className = good ? "good" : "bad";
  line.dataset.fact = name;
  line.textContent = `${good ? "✓" : "✗"} ${words[name]}: ${text}`;
  list.append(line);
}

function storage() {
  try {
    localStorage.setItem("mostrador-check", "1");
    localStorage.removeItem("mostrador-check");
    return true;
  } catch {
    return false;
  }
}

function policy(name) {
  const policies = document.featurePolicy ?? document.permissionsPolicy;
  return policies ? policies.allowsFeature(name) : null;
}

const framed = window.parent !== window;
const referrer = document.referrer ? new URL(document.referrer).origin : "";
const parent = location.ancestorOrigins?.[0] ?? referrer;
fact("framed", framed, framed ? parent || "?" : words.no);
fact("scripts", true, words.yes);
fact("secure", isSecureContext, isSecureContext ? words.yes : words.no);
fact("storage", storage(), storage() ? words.yes : words.noStorage);
const clipboard = policy("clipboard-write");
fact("clipboard", clipboard !== false, clipboard === false ? 'allow="clipboard-write"' : words.yes);
fact("width", innerWidth >= 230, `${innerWidth} px`);

addEventListener("message", ({ source, origin, data }) => {
  if (source !== window.parent) return;
  const type = typeof data?.type === "string" ? data.type : typeof data;
  kinds.set(`${origin} ${type}`, (kinds.get(`${origin} ${type}`) ?? 0) + 1);
  heard.textContent = [...kinds].map(([name, times]) => `${name} × ${times}`).join("\n");
});
if (framed && parent) {
  const hello = { type: "mostrador:hello", id: "check", versions: [1], abilities: [] };
  window.parent.postMessage(hello, parent);
}
