// Tokens live in this module's memory and nowhere else. Every request belongs to the session and
// the conversation it was begun in: once another one is on the screen, its answer is dropped.

const base = document.body.dataset.base;
const EARLY = 60;

let current = null;
let generation = 0;
let requests = new AbortController();
let whenClosed = () => {};
const alive = new Set();

/** The answer is for somebody who is no longer shown. */
export class Gone extends Error {}

/** The connection failed; whether the request arrived is not known. */
export class Lost extends Error {}

/** Called with nothing when a session can go on no longer. */
export function onClosed(handler) {
  whenClosed = handler;
}

/** Ends everything under way; answers that still come are Gone. Returns what to compare with. */
export function leave() {
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
  leave();
  current = session;
}

export function currentSession() {
  return current;
}

/** A session from an answer's token and life in seconds; renewed a minute before it ends. */
export function session({ token, expires_in: seconds }) {
  const made = { token, renewing: null };
  alive.add(made);
  schedule(made, seconds);
  return made;
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
      whenClosed();
      throw new Gone();
    }
    answer = await send(path, options, mine.token);
  }
  const text = await body(answer);
  if (seen !== generation) throw new Gone();
  return { status: answer.status, ok: answer.ok, text, etag: answer.headers.get("ETag") ?? "" };
}

/** A launch, which is the one request without a token. */
export async function askLaunch(launch) {
  const headers = { "Content-Type": "application/json" };
  return fetch(`${base}/launch`, {
    ...COMMON,
    method: "POST",
    headers,
    body: JSON.stringify({ launch }),
    signal: requests.signal,
  });
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

function renew(mine) {
  mine.renewing ??= renewNow(mine).finally(() => {
    mine.renewing = null;
  });
  return mine.renewing;
}

async function renewNow(mine) {
  const headers = { Authorization: `Bearer ${mine.token}` };
  try {
    const answer = await fetch(`${base}/renew`, { ...COMMON, method: "POST", headers });
    if (!answer.ok) return false;
    const fresh = await answer.json();
    mine.token = fresh.token;
    schedule(mine, fresh.expires_in);
    return true;
  } catch {
    return false;
  }
}

function schedule(mine, seconds) {
  clearTimeout(mine.timer);
  if (!alive.has(mine)) return;
  const wait = Math.max(5, seconds - EARLY) * 1000;
  mine.timer = setTimeout(() => renew(mine), wait);
}

/** A session nobody looks at any more. */
export function forget(mine) {
  clearTimeout(mine?.timer);
  alive.delete(mine);
}

/** The conversation is another one now. */
export function forgetAll() {
  for (const mine of alive) forget(mine);
}
