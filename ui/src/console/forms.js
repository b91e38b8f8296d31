// What forms do while somebody types and waits.

/** What stands behind # in the address, a search that no server may see, goes through the login. */
export function goOnward() {
  const form = document.querySelector("form[data-onward]");
  if (form) form.action += location.hash;
}

/** A box below every secret that shows what is typed. */
export function showSecrets() {
  for (const field of document.querySelectorAll("input[data-show]")) {
    const line = document.createElement("label");
    line.className = "choose show";
    const box = document.createElement("input");
    box.type = "checkbox";
    box.addEventListener("change", () => {
      field.type = box.checked ? "text" : "password";
    });
    line.append(box, field.dataset.show);
    field.after(line);
    field.form?.addEventListener("submit", () => {
      field.type = "password"; // so that a browser offers to keep it as what it is
    });
  }
}

/** A button that asks a shop says so and cannot be pressed twice. */
export function tellBusy() {
  document.addEventListener("submit", (event) => {
    const button = event.target.querySelector("button[data-busy]");
    if (!button) return;
    const before = button.textContent;
    button.textContent = button.dataset.busy;
    setTimeout(() => { button.disabled = true; }); // after the form was read
    addEventListener("pageshow", () => {
      button.disabled = false;
      button.textContent = before;
    }, { once: true });
  });
}

/** The menu closes by Escape and by a click beside it, as menus do. */
export function closeMenus() {
  const menu = document.querySelector("details.who");
  if (!menu) return;
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
}
