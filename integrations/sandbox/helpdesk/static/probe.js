// The document's answer set the cookie; does the next request of this frame bring it back?
const answer = await fetch("/cookie-probe/seen", { credentials: "include" });
const { seen } = await answer.json();
document.getElementById("verdict").textContent = seen ? "kept" : "lost";
// The verdict is no secret, and the parent's origin is whoever tries this page.
window.parent.postMessage({ seen }, "*");
