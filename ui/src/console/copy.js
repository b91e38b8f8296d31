// "Copy" beside a text; without permission for the clipboard the text is selected instead.

export function copyTexts() {
  for (const button of document.querySelectorAll("button[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }
}

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(source.value ?? source.textContent);
  } catch {
    source.select?.();
    return;
  }
  button.textContent = button.dataset.copied;
  setTimeout(() => { button.textContent = before; }, 2000);
}
