/* Every request names the action that it belongs to: what a person did last, so that a page that
   asks ten questions counts as one action. */
(() => {
  const fresh = () =>
    Array.from(crypto.getRandomValues(new Uint8Array(8)), (one) => one.toString(16).padStart(2, "0")).join("");
  let action = fresh();
  const renew = () => (action = fresh());
  for (const kind of ["pointerdown", "keydown", "popstate"]) addEventListener(kind, renew, true);

  const plain = window.fetch;
  window.fetch = (resource, options = {}) => {
    const url = new URL(resource instanceof Request ? resource.url : resource, location.href);
    if (url.origin !== location.origin) return plain(resource, options);
    const headers = new Headers(options.headers || (resource instanceof Request ? resource.headers : {}));
    headers.set("X-Foreshock-Action", action);
    return plain(resource, { ...options, headers });
  };
})();
