/* The inbox: asked again with what comes live about alerts, at most every few seconds. */
(() => {
  const GATHER_MS = 2500;
  let timer = 0;

  const namespace = (window.dash_clientside = window.dash_clientside || {});
  namespace.inbox = {
    gather(live) {
      const concerns = live?.resync || live?.events?.some((event) => event.topic === "alerts");
      if (concerns && !timer)
        timer = setTimeout(() => {
          timer = 0;
          window.dash_clientside.set_props("inbox-heard", { data: Date.now() });
        }, GATHER_MS);
      return window.dash_clientside.no_update;
    },
  };
})();
