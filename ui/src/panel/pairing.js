// Pairing as the frame sees it: a code to compare, a link to our own page, and asking until a
// person has confirmed there. Afterwards every token costs a signature of this browser's key.

import { boot } from "./boot.js";
import { parse } from "./dom.js";
import * as keys from "./keys.js";
import { onRenewal, post, replaceBy } from "./session.js";
import { isVisible } from "./visible.js";

const OLD = 45000;
const ASK_EVERY = 2000;
const STALE = ["challenge_expired", "challenge_replayed", "challenge_invalid"];
const OVER = ["pairing_revoked", "pairing_declined", "pairing_expired", "pairing_unknown",
  "key_signature_invalid"];

let challenge = boot.challenge ?? "";
let since = Date.now();

let held = null;

onRenewal(
  async (token) => renewal(await keys.load(), token),
  (token) => renewal(held, token),
);

async function renewal(entry, token) {
  const answer = entry ? await call(entry, "pair/token", {}, token) : null;
  return answer?.data?.token ? answer.data : null;
}

/** The frame of a signed launch: a key of this page holds what was proven while nobody looks. */
export async function hold({ token }) {
  const pair_ = await keys.make();
  const key = await keys.publicKey(pair_);
  const answer = await read(await post("hold", { key }, token, null));
  if (answer.ok) held = { pairing: answer.data.pairing, pair: pair_ };
}

/** The key of an earlier pairing, or null. */
export const paired = keys.load;

/** One request signed by the key: {ok, code, data | html}. Throws when the connection fails. */
export async function call(entry, path, body = {}, token = "") {
  const asked = once(entry, path, body, token);
  if (token) replaceBy(asked.catch(() => {}));
  const answer = await asked;
  if (!STALE.includes(answer.code)) return answer;
  challenge = "";
  return once(entry, path, body, token);
}

/** Whether the pairing itself has ended, so that a new one is needed. */
export function isOver(answer) {
  return OVER.includes(answer.code);
}

export const forget = keys.forget;

/** Shows what to do and asks on until it is done. Resolves with the first good answer, with null
 *  if `wanted()` says that nobody waits any more, and with the refusal if there is one. */
export async function pair({ email, locale, show, wanted, path, body, token }) {
  const pair_ = await keys.make();
  const key = await keys.publicKey(pair_);
  const begun = await read(await post("pair", { key, email: email ?? "", locale: locale ?? "" }));
  if (!wanted()) return null;
  if (!begun.ok) return begun;
  show(parse(begun.data.html));
  const entry = { pairing: begun.data.id, pair: pair_ };
  return confirmed(entry, wanted, path, body, token);
}

async function confirmed(entry, wanted, path, body, token) {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY));
    if (!wanted()) return null;
    if (!isVisible()) continue;
    const answer = await quietly(() => call(entry, path, body, token));
    if (!wanted()) return null;
    if (!answer || answer.data?.state === "waiting") continue;
    // Not waited for: this page has it at once, and the session it brings must not be late.
    if (answer.ok || answer.code === "agent_mismatch") keys.keep(entry);
    return answer;
  }
}

async function once(entry, path, body, token) {
  const said = await fresh();
  const signature = await keys.sign(entry, said);
  const signed = { ...body, pairing: entry.pairing, challenge: said, signature };
  const answer = await read(await post(path, signed, token));
  if (answer.data?.challenge) {
    challenge = answer.data.challenge;
    since = Date.now();
  }
  return answer;
}

async function fresh() {
  const known = challenge;
  challenge = "";
  if (known && Date.now() - since < OLD) return known;
  const { data } = await read(await post("pair/challenge", {}));
  return data?.challenge ?? "";
}

/** An answer as {ok, code, data | html}. */
export async function read(response) {
  if (response.ok) return { ok: true, code: "", data: await response.json() };
  const html = await response.text();
  return { ok: false, code: parse(html)?.dataset.code ?? "", html };
}

async function quietly(ask) {
  try {
    return await ask();
  } catch {
    return null;
  }
}
