/* The frame: links without reloads, the time range, menus, sheets, theme, title, toasts. */
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const RANGE = ["range", "from", "to"];
  const set = (id, props) => window.dash_clientside.set_props(id, props);

  const go = (pathname, search, hash = "") => set("url", { pathname, search, hash });
  const setParams = (changes) => {
    const params = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries(changes)) {
      if (value === null || value === "") params.delete(name);
      else params.set(name, value);
    }
    const text = params.toString();
    set("url", { search: text ? `?${text}` : "" });
  };

  const setRange = (name) => setParams({ range: name, from: null, to: null });
  const local = (date) => {
    const here = new Date(date.getTime() - date.getTimezoneOffset() * 60000);
    return here.toISOString().slice(0, 16);
  };

  /* A time of the address as the server reads it, without a zone UTC; else NaN. */
  const ISO = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/;
  const timeOf = (text) => {
    const found = ISO.exec(text || "");
    return found ? Date.parse(found[1] && !found[4] ? `${text}Z` : text) : NaN;
  };
  const UNITS = { m: 60e3, h: 3600e3, d: 86400e3 };
  const rangeOf = (search) => {
    const params = new URLSearchParams(search);
    const [from, to] = [timeOf(params.get("from")), timeOf(params.get("to"))];
    if (from < to) return { from, to, name: "" };
    const name = params.get("range") || "24h";
    const found = /^(\d+)([mhd])$/.exec(name);
    return { from: Date.now() - (found ? found[1] * UNITS[found[2]] : UNITS.d), to: Date.now(), name };
  };

  /* Links of ours change the page without loading it, and carry the time range along. */
  const follow = (event) => {
    const link = event.target.closest?.("a[href]");
    const special = event.metaKey || event.ctrlKey || event.shiftKey || event.button;
    if (!link || special || event.defaultPrevented || link.target || link.hasAttribute("download")) return;
    const href = link.getAttribute("href");
    if (!href.startsWith("/") || href.startsWith("//")) return;
    event.preventDefault();
    const to = new URL(link.href);
    const here = new URLSearchParams(location.search);
    if (!RANGE.some((name) => to.searchParams.has(name)))
      for (const name of RANGE) if (here.has(name)) to.searchParams.set(name, here.get(name));
    closeAll();
    go(to.pathname, to.search, to.hash);
    window.scrollTo(0, 0);
  };

  const closeAll = () => {
    $$("details.menu[open]").forEach((menu) => menu.removeAttribute("open"));
    $$("dialog[open]").forEach((sheet) => sheet.close());
    const results = $("#search-results");
    if (results?.childElementCount) {
      set("search-text", { value: "" });
      set("search-results", { children: [] });
    }
  };

  const closeDrawer = () => {
    const drawer = $(".drawer:not([hidden])");
    if (!drawer) return false;
    set(drawer.id, { hidden: true });
    setParams({ [drawer.dataset.param]: null });
    return true;
  };

  /* Browsers refuse it to pages without HTTPS, or without the focus. */
  const copy = async (text, words) => {
    try {
      await navigator.clipboard.writeText(text);
      toast({ words, tone: "good" });
    } catch {
      toast({ words: "The browser did not allow it: select the text and copy it.", tone: "error" });
    }
  };

  const click = (event) => {
    const hit = (selector) => event.target.closest?.(selector);
    $$("details.menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.removeAttribute("open");
    });
    if (!hit(".search") && $("#search-results")?.childElementCount)
      set("search-results", { children: [] });
    let found;
    if ((found = hit("[data-range]"))) {
      setRange(found.dataset.range);
      closeAll();
    } else if ((found = hit("[data-theme]"))) {
      const wanted = found.dataset.theme;
      if (wanted === "flip") window.foreshock.toggle();
      else window.foreshock.choose(wanted);
      closeAll();
    } else if (hit("#theme-button")) window.foreshock.toggle();
    else if ((found = hit("[data-sheet]"))) {
      closeAll();
      document.getElementById(found.dataset.sheet)?.showModal();
    } else if (hit('[data-close="sheet"]') || event.target.matches?.("dialog.sheet")) closeAll();
    else if (hit('[data-close="drawer"]')) closeDrawer();
    else if (hit("#range-apply")) {
      const from = $("#range-from").value;
      const to = $("#range-to").value;
      if (from && to && from < to) {
        setParams({ range: null, from: new Date(from).toISOString(), to: new Date(to).toISOString() });
        closeAll();
      } else toast({ words: "From must be before To.", tone: "error" });
    } else if ((found = hit("[data-copy]"))) copy(found.dataset.copy, "Copied");
    else if ((found = hit("[data-copy-link]"))) copy(location.origin + found.dataset.copyLink, "Link copied");
    follow(event);
  };

  const shiftRange = (direction) => {
    const { from, to } = rangeOf(location.search);
    const moved = [from, to].map((end) => new Date(end + direction * (to - from)).toISOString());
    setParams({ range: null, from: moved[0], to: moved[1] });
  };

  const toast = ({ words, tone = "" }) => {
    const host = document.getElementById("toasts");
    if (!host || !words) return;
    const box = document.createElement("div");
    box.className = `notice toast ${tone}`;
    box.textContent = words;
    host.append(box);
    setTimeout(() => box.remove(), 6000);
  };

  const showRange = (search) => {
    const { from, to, name } = rangeOf(search);
    $$("[data-range]").forEach((one) => one.setAttribute("aria-pressed", String(one.dataset.range === name)));
    const short = (end) => local(new Date(end)).slice(5).replace("T", " ");
    const shown = document.getElementById("range-name");
    if (!shown) return;
    shown.textContent = name || `${short(from)} – ${short(to)}`;
    shown.classList.toggle("preset", $$(".segments [data-range]").some((one) => one.dataset.range === name));
  };
  /* Whoever opens the menu changes what is there now. */
  const fillRange = () => {
    const { from, to } = rangeOf(location.search);
    set("range-from", { value: local(new Date(from)) });
    set("range-to", { value: local(new Date(to)) });
  };

  const namespace = (window.dash_clientside = window.dash_clientside || {});
  namespace.shell = {
    moved(pathname, search) {
      $$("[data-nav]").forEach((link) => {
        const path = link.dataset.nav;
        const here = path === "/" ? pathname === "/" : pathname === path || pathname.startsWith(`${path}/`);
        if (here) link.setAttribute("aria-current", "page");
        else link.removeAttribute("aria-current");
      });
      showRange(search || "");
      window.foreshock.showSound?.();
      return namespace.no_update;
    },
    titled(name, count) {
      const some = Number(count) > 0 ? `(${count}) ` : "";
      document.title = name ? `${some}${name} · Foreshock` : "Foreshock";
      return namespace.no_update;
    },
    /* A stretch of time that was brushed in a chart, on this browser's clock, is the range. */
    brushed(selected) {
      const ends = (selected?.range?.x || []).map((at) => new Date(String(at).replace(" ", "T")));
      const [from, to] = ends.sort((one, other) => one - other);
      if (to - from >= 1000)
        setParams({ range: null, from: from.toISOString(), to: to.toISOString() });
      return namespace.no_update;
    },
    /* What a page chose by itself stands in the address, too, without a step of the history. */
    named(shown) {
      const here = new URLSearchParams(location.search);
      const missing = Object.entries(shown?.named || {}).filter(([name, value]) => value && !here.has(name));
      if (missing.length) {
        missing.forEach(([name, value]) => here.set(name, value));
        history.replaceState(history.state, "", `?${here}`);
        set("url", { search: `?${here}` });
      }
      return namespace.no_update;
    },
    toasted(data) {
      if (data) toast(data);
      return namespace.no_update;
    },
    ended(data) {
      if (data) location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
      return namespace.no_update;
    },
  };

  Object.assign(window.foreshock, { setParams, setRange, shiftRange, closeAll, closeDrawer, toast });
  /* The second click of a double click is none on what writes: a request is slower than a finger. */
  const once = (event) => {
    if (event.detail < 2 || !event.target.closest?.("[data-once]")) return;
    event.preventDefault();
    event.stopPropagation();
  };
  document.addEventListener("click", once, true);
  document.addEventListener("click", click);
  /* Not its clicks: those close it, too. The event does not bubble. */
  const opened = ({ target }) => {
    if (target.id === "inbox-menu" && target.open) set("inbox-opened", { data: Date.now() });
    if (target.id === "range-menu" && target.open) fillRange();
  };
  document.addEventListener("toggle", opened, true);
})();
