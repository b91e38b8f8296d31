// Chooses the browser's own time zone where none is chosen yet.

export function guessZone() {
  const list = document.querySelector("select[data-own-zone]");
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (list && [...list.options].some((option) => option.value === zone)) list.value = zone;
}
