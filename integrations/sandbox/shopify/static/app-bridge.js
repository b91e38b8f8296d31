// Stands in for the vendor's script in a framed app: session tokens from the admin, put on calls to
// one's own server, and a page reloaded with a fresh one where it asks for that.

(() => {
  const waiting = new Map();
  let count = 0;

  addEventListener("message", (event) => {
    const done = event.source === parent ? waiting.get(event.data?.number) : undefined;
    if (done) {
      waiting.delete(event.data.number);
      done(event.data.token);
    }
  });

  function idToken() {
    count += 1;
    const number = count;
    return new Promise((done) => {
      waiting.set(number, done);
      parent.postMessage({ ask: "idToken", number }, "*");
    });
  }

  const plain = window.fetch.bind(window);
  window.fetch = async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input, location.href);
    const headers = new Headers(init.headers);
    if (url.origin === location.origin && !headers.has("Authorization")) {
      headers.set("Authorization", `Bearer ${await idToken()}`);
    }
    return plain(input, { ...init, headers });
  };

  window.shopify = { idToken };
  const again = new URLSearchParams(location.search).get("shopify-reload");
  if (again) {
    idToken().then((token) => {
      const url = new URL(again, location.origin);
      url.searchParams.set("id_token", token);
      location.replace(url);
    });
  }
})();
