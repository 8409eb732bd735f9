/* Before anything is drawn: the scheme that was chosen, else the system's, so that nothing flashes.
   Tells the server the zone and the width in a cookie. Loaded in the head of every page. */
(() => {
  const KEY = "mantine-color-scheme-value";
  const system = matchMedia("(prefers-color-scheme: light)");
  const phone = matchMedia("(max-width: 720px)");

  const chosen = () => localStorage.getItem(KEY) || "auto";
  const scheme = () => (chosen() === "auto" ? (system.matches ? "light" : "dark") : chosen());

  const apply = () => {
    const root = document.documentElement;
    root.setAttribute("data-mantine-color-scheme", scheme());
    root.style.colorScheme = scheme();
    root.dataset.chosen = chosen();
    window.dash_clientside?.set_props?.("mantine", { forceColorScheme: scheme() });
  };

  const tell = () => {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
    const view = encodeURIComponent(`zone=${zone}&phone=${phone.matches ? 1 : 0}`);
    document.cookie = `foreshock-view=${view}; Path=/; SameSite=Lax; Max-Age=31536000`;
  };

  window.foreshock = {
    scheme,
    chosen,
    choose(name) {
      if (name === "auto") localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, name);
      apply();
    },
    toggle() {
      this.choose(scheme() === "dark" ? "light" : "dark");
    },
  };

  system.addEventListener("change", apply);
  phone.addEventListener("change", tell);
  apply();
  tell();
})();
