/* The dashboard in the browser: asked again with what comes live, at most every few seconds. */
(() => {
  const GATHER_MS = 3000;
  const none = () => window.dash_clientside.no_update;
  const isHere = () => Boolean(document.getElementById("dashboard-figures"));
  let timer = 0;

  const namespace = (window.dash_clientside = window.dash_clientside || {});
  namespace.dashboard = {
    gather(live) {
      if (!live || timer || !(live.resync || live.events?.length)) return none();
      /* Not by a promise: the answer to a later event would take its place. */
      timer = setTimeout(() => {
        timer = 0;
        if (isHere()) window.dash_clientside.set_props("dashboard-events", { data: Date.now() });
      }, GATHER_MS);
      return none();
    },
    /* Rates change without an event; but not while somebody has stopped the time. */
    beat(count) {
      const paused = document.getElementById("live-button")?.dataset.state === "paused";
      return !count || paused || document.hidden ? none() : count;
    },
  };
})();
