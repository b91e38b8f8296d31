// Shows what each frame says about its cookie. Runs before the frames exist, so none is missed.
window.addEventListener("message", (event) => {
  const outputs = [...document.querySelectorAll("output")];
  const output = outputs.find((each) => each.dataset.origin === event.origin);
  if (output && typeof event.data?.seen === "boolean") {
    output.textContent = event.data.seen ? "kept" : "lost";
  }
});
