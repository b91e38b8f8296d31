// Shows what each frame says about its cookie.
const outputs = [...document.querySelectorAll("output")];

window.addEventListener("message", (event) => {
  const output = outputs.find((each) => each.dataset.origin === event.origin);
  if (output && typeof event.data?.seen === "boolean") {
    output.textContent = event.data.seen ? "kept" : "lost";
  }
});

// A frame may have spoken before this script listened: ask all of them once.
for (const frame of document.querySelectorAll("iframe")) {
  frame.contentWindow.postMessage({ type: "probe:ask" }, new URL(frame.src).origin);
}
