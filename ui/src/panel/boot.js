// What the document began with. It may hold a token, so it does not stay in the document.

const element = document.getElementById("boot");

export const boot = JSON.parse(element.textContent);

element.remove();
