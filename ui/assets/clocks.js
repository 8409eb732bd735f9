/* When pages ask again by themselves; see ui/clocks.py. */
(() => {
  const PATIENCE_MS = 60000; // a call that broke on its way never says that it is over
  const GATHER_MS = 3000;
  const AGAIN_MS = 1000;
  const none = () => window.dash_clientside.no_update;
  const own = () => namespace.callback_context.outputs_list.id;
  const waits = {};
  const timers = {};

  /* Whether to ask now: not while the last answer is on its way. */
  const isFree = (id, busy) => {
    if (busy) waits[id] ??= Date.now();
    if (busy && Date.now() - waits[id] < PATIENCE_MS) return false;
    delete waits[id];
    return true;
  };
  /* The same store once more, unless its page was left: it would be missing then. */
  const later = (id, ms) => {
    const here = location.pathname;
    timers[id] ??= setTimeout(() => {
      delete timers[id];
      if (location.pathname === here) window.dash_clientside.set_props(id, { data: Date.now() });
    }, ms);
  };
  const sinceSeen = new Set();
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    sinceSeen.forEach((id) => later(id, 0));
    sinceSeen.clear();
  });

  /* The address of a page, but for what does not change its list: so who opens one row neither asks
     for all of them again nor stops an answer that is on its way. */
  const asked = (page, beside, search, pathname, before) => {
    const params = new URLSearchParams(search || "");
    beside.forEach((name) => params.delete(name));
    const now = params.toString();
    return (pathname || "").replace(/\/$/, "") !== page || now === before ? none() : now;
  };

  const namespace = (window.dash_clientside = window.dash_clientside || {});
  const clocks = (namespace.clocks = {
    beat(count, busy) {
      return !count || document.hidden || !isFree(own(), busy) ? none() : count;
    },
    unpaused(count, busy) {
      const paused = document.getElementById("live-button")?.dataset.state === "paused";
      return paused ? none() : clocks.beat(count, busy);
    },
    resync(live) {
      return live?.resync ? live.seq || live.poll || "again" : none();
    },
    heard(live) {
      if (live?.resync || live?.events?.length) later(own(), GATHER_MS);
      return none();
    },
    alerted(live, shown) {
      const tells = ({ topic, data }) => topic === "alerts" && (!shown?.host || data?.host === shown.host);
      if (shown && (live?.resync || live?.events?.some(tells))) later(own(), GATHER_MS);
      return none();
    },
    passed(heard, busy) {
      const source = namespace.callback_context.inputs_list[0].id;
      if (!heard) return none();
      if (document.hidden) sinceSeen.add(source);
      else if (!isFree(own(), busy)) later(source, AGAIN_MS);
      else return heard;
      return none();
    },
  });
  Object.assign(window.foreshock, { asked });
})();
