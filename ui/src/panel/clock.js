// Ages and local times go on without asking the server.

import { panel, text } from "./dom.js";
import { onVisible } from "./visible.js";

const STEPS = [86400, 3600, 60];

export function keepTime() {
  setInterval(tick, 15000);
  onVisible(tick);
}

function tick() {
  const ages = text("ages").split("|");
  for (const time of panel.querySelectorAll("time[data-at]")) {
    if (time.dataset.at && ages.length === 4) put(time, age(time.dataset.at, ages));
  }
  for (const time of panel.querySelectorAll("time[data-zone]")) put(time, local(time.dataset.zone));
}

function age(at, [now, ...units]) {
  const seconds = (Date.now() - Date.parse(at)) / 1000;
  const step = STEPS.findIndex((size) => seconds >= size);
  if (step < 0) return now;
  return units[2 - step].replace("{n}", Math.floor(seconds / STEPS[step]));
}

function local(timeZone) {
  const options = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone };
  return new Intl.DateTimeFormat("en-GB", options).format();
}

function put(time, words) {
  if (time.textContent !== words) time.textContent = words;
}
