// The admin's side: gives the framed app, and nobody else, a fresh session token when it asks.

const frame = document.getElementById("app");
const { origin } = document.body.dataset;

addEventListener("message", async (event) => {
  const asked = event.data?.ask === "idToken";
  if (!asked || event.origin !== origin || event.source !== frame?.contentWindow) return;
  const answer = await fetch("/_control/session-token");
  const { token } = await answer.json();
  frame.contentWindow.postMessage({ number: event.data.number, token }, origin);
});
