/* Live updates in the page: the badge in words, pause, and what to do while nothing comes. */
(() => {
  const QUIET_MS = 35000;
  const set = (id, props) => window.dash_clientside.set_props(id, props);
  const none = () => window.dash_clientside.no_update;
  let heardAt = Date.now();
  let state = { state: "connecting", words: "Connecting" };
  let quiet = false;
  let known = false; // whether the page had a connection, or was told that there is none
  let paused = false;
  let missed = null;

  const show = () => {
    const said = quiet ? { state: "lost", words: "No connection" } : state;
    const shown = paused ? { state: "paused", words: "Paused" } : said;
    set("live-button", { "data-state": shown.state });
    set("live-word", { children: shown.words });
    set("live-interval", { disabled: paused || said.state === "live" });
  };

  const degraded = (words) =>
    set("degraded", { children: words ? `Live updates may be late: ${words}` : "", className: words ? "notice" : "" });

  const toggle = () => {
    paused = !paused;
    if (!paused && missed) {
      set("live", { data: { ...missed, resync: true } });
      missed = null;
    }
    show();
  };

  /* Nobody knows what came while there was no connection: pages ask for everything. */
  const all = () => ({ poll: Date.now(), events: [], resync: true });
  const again = () => {
    const data = all();
    if (paused) missed = data;
    else set("live", { data });
  };

  setInterval(() => {
    if (!quiet && Date.now() - heardAt > QUIET_MS) {
      quiet = true;
      show();
    }
  }, 5000);

  document.addEventListener("click", (event) => {
    if (event.target.closest?.("#live-button")) toggle();
    if (event.target.closest?.("[data-again]")) set("live", { data: all() });
  });

  /* New cookies come before the old are over: a slow answer would bring its own too late. */
  const EARLY_S = 60;
  const LEAST_S = 30;
  let renewal = 0;
  const renew = async () => {
    clearTimeout(renewal);
    let seconds = 0;
    try {
      const answer = await fetch("/session", { method: "POST" });
      if (answer.status === 401) return set("session-ended", { data: Date.now() });
      if (answer.ok) seconds = (await answer.json()).seconds;
    } catch {} // no connection: the next time
    renewal = setTimeout(renew, Math.max(LEAST_S, seconds - EARLY_S) * 1000);
  };
  renewal = setTimeout(renew, EARLY_S * 1000);

  const namespace = (window.dash_clientside = window.dash_clientside || {});
  namespace.live = {
    stated(data) {
      if (!data?.words) return none();
      const back = data.state === "live" && known;
      heardAt = Date.now();
      quiet = false;
      state = data;
      known ||= ["live", "lost", "stale"].includes(data.state);
      show();
      if (back) again();
      return none();
    },
    received(data) {
      heardAt = Date.now();
      if (quiet) {
        quiet = false;
        show();
      }
      if (!data?.events) return none();
      if ("degraded" in data) degraded(data.degraded);
      if (!data.events.length && !data.resync) return none();
      window.foreshock.heard?.(data.events);
      if (paused) {
        missed = data;
        return none();
      }
      return data;
    },
    polled(count) {
      return paused || !count ? none() : { poll: count, events: [], resync: true };
    },
    renew(data) {
      if (data) renew();
      return none();
    },
  };
})();
