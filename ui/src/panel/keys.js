// The key of this browser: made here, never readable, not even by us. It lives in the storage that
// the browser keeps for this frame under this helpdesk, or in memory where there is none.

const NAME = `mostrador${document.body.dataset.base}`;
const STORE = "keys";
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

let inMemory = null;

/** A new pair of keys, not yet kept. */
export function make() {
  return crypto.subtle.generateKey(ALGORITHM, false, ["sign"]);
}

/** What is sent to the server. */
export async function publicKey(pair) {
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  return { kty, crv, x, y };
}

/** The signature the server checks, as base64url. */
export async function sign(entry, challenge) {
  const said = `mostrador-pairing-v1\n${entry.pairing}\n${challenge}`;
  const raw = await crypto.subtle.sign(ALGORITHM, entry.pair.privateKey, utf8(said));
  return btoa(String.fromCharCode(...new Uint8Array(raw)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/** {pairing, pair} of an earlier pairing, or null. */
export async function load() {
  return (await stored("readonly", (store) => store.get(NAME))) ?? inMemory;
}

export async function keep(entry) {
  inMemory = entry;
  await stored("readwrite", (store) => store.put(entry, NAME));
}

export async function forget() {
  inMemory = null;
  await stored("readwrite", (store) => store.delete(NAME));
}

// Null where the browser gives this frame no storage.
async function stored(mode, request) {
  try {
    const database = await finished(openDatabase());
    try {
      return await finished(request(database.transaction(STORE, mode).objectStore(STORE)));
    } finally {
      database.close();
    }
  } catch {
    return null;
  }
}

function openDatabase() {
  const opening = indexedDB.open(NAME, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  return opening;
}

function finished(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function utf8(text) {
  return new TextEncoder().encode(text);
}
