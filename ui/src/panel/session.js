// Tokens live in this module's memory and nowhere else. Every request belongs to the session and
// the conversation it was begun in: once another one is on the screen, its answer is dropped.

import { isVisible, onVisible } from "./visible.js";

const base = document.body.dataset.base;
const EARLY = 60;

let current = null;
let generation = 0;
let requests = new AbortController();
let whenClosed = () => {};
let whenLeft = () => {};
let renewByKey = null;
let renewHeld = null;
let kept = null;
let replacing = null;
const alive = new Set();

/** The answer is for somebody who is no longer shown. */
export class Gone extends Error {}

/** The connection failed; whether the request arrived is not known. */
export class Lost extends Error {}

/** Called with nothing when a session can go on no longer. */
export function onClosed(handler) {
  whenClosed = handler;
}

/** Called before what is shown is left for another conversation. */
export function onLeave(handler) {
  whenLeft = handler;
}

/** How sessions are renewed by the key of a paired browser, and by that of a frame that a signed
 *  launch opened: (token) => {token, expires_in} or null. */
export function onRenewal(paired, held) {
  renewByKey = paired;
  renewHeld = held;
}

/** Another conversation: ends everything under way, and what is shown belongs to nobody. */
export function leave() {
  whenLeft();
  forgetAll();
  return end();
}

/** Answers that still come are Gone. Returns what to compare with. */
function end() {
  requests.abort();
  requests = new AbortController();
  current = null;
  generation += 1;
  return generation;
}

export function isCurrent(seen) {
  return seen === generation;
}

/** Makes a session the one that asks. */
export function enter(session) {
  end();
  current = session;
}

export function currentSession() {
  return current;
}

/** A session from an answer's token and life in seconds; renewed a minute before it ends. */
export function session({ token, expires_in: seconds, proof }) {
  const made = { token, proof, renewing: null };
  alive.add(made);
  schedule(made, seconds);
  return made;
}

/** While a better session is asked for, the end of the current one is no end. */
export function replaceBy(asked) {
  replacing = asked;
}

// A task later, so that whoever asked has entered what came.
async function replaced() {
  await replacing;
  await new Promise((resolve) => setTimeout(resolve));
}

/** One request under the current session: {status, ok, text, etag}. Throws Gone or Lost. */
export async function ask(path, options = {}) {
  const mine = current;
  const seen = generation;
  if (!mine) throw new Gone();
  const token = mine.token;
  let answer = await send(path, options, token);
  if (answer.status === 401 && seen === generation) {
    const again = mine.token !== token || (await renew(mine));
    if (seen !== generation) throw new Gone();
    if (!again) {
      await replaced();
      if (seen !== generation) throw new Gone();
      whenClosed();
      throw new Gone();
    }
    answer = await send(path, options, mine.token);
  }
  const text = await body(answer);
  if (seen !== generation) throw new Gone();
  return { status: answer.status, ok: answer.ok, text, etag: answer.headers.get("ETag") ?? "" };
}

/** A request in JSON that proves itself otherwise than by the current session; `signal` is null for
 *  what goes on whatever is shown. */
export function post(path, body, token = "", signal = requests.signal) {
  const headers = { "Content-Type": "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  const options = { ...COMMON, method: "POST", headers, body: JSON.stringify(body), signal };
  return fetch(`${base}/${path}`, options);
}

const COMMON = { credentials: "omit", cache: "no-store", redirect: "error" };

async function send(path, { method = "GET", form, etag }, token) {
  const headers = { Authorization: `Bearer ${token}` };
  if (etag) headers["If-None-Match"] = etag;
  const { signal } = requests;
  try {
    return await fetch(`${base}/${path}`, { ...COMMON, method, headers, body: form, signal });
  } catch (error) {
    throw signal.aborted ? new Gone() : new Lost(String(error));
  }
}

async function body(answer) {
  try {
    return await answer.text();
  } catch (error) {
    throw requests.signal.aborted ? new Gone() : new Lost(String(error));
  }
}

/** A session that opens others and outlives what is shown. */
export function keep(opener) {
  kept = opener;
}

/** A post under the kept session; null where there is none, or it has ended. */
export async function postKept(path, body) {
  const mine = kept;
  if (!mine) return null;
  const answer = await post(path, body, mine.token);
  if (answer.status !== 401) return answer;
  if (await renew(mine)) return post(path, body, mine.token);
  forget(mine);
  kept = null;
  return null;
}

function renew(mine) {
  mine.renewing ??= renewNow(mine).finally(() => {
    mine.renewing = null;
  });
  return mine.renewing;
}

async function renewNow(mine) {
  try {
    const fresh = await (mine.proof === "paired" ? renewByKey(mine.token) : renewSigned(mine));
    if (!fresh) return false;
    mine.token = fresh.token;
    schedule(mine, fresh.expires_in);
    return true;
  } catch {
    return false;
  }
}

// One that opens others says nothing of a conversation, so it needs none to go on with.
async function renewSigned(mine) {
  const fresh = (await renewPlainly(mine)) ?? (await renewHeld(mine.token));
  return fresh ?? (mine === kept ? renewHeld("") : null);
}

async function renewPlainly(mine) {
  const headers = { Authorization: `Bearer ${mine.token}` };
  const answer = await fetch(`${base}/renew`, { ...COMMON, method: "POST", headers });
  return answer.ok ? answer.json() : null;
}

function schedule(mine, seconds) {
  clearTimeout(mine.timer);
  if (!alive.has(mine)) return;
  const wait = Math.max(5, seconds - EARLY) * 1000;
  mine.timer = setTimeout(() => due(mine), wait);
}

// A frame nobody sees renews when it is seen again, if it is not too late then.
function due(mine) {
  mine.due = !isVisible();
  if (!mine.due) renew(mine);
}

onVisible(() => {
  for (const mine of alive) if (mine.due) due(mine);
});

/** A session nobody looks at any more. */
export function forget(mine) {
  clearTimeout(mine?.timer);
  alive.delete(mine);
}

function forgetAll() {
  for (const mine of alive) if (mine !== kept) forget(mine);
}
