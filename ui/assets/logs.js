/* Log lines: a click opens one, a tail waits while somebody reads further down. */
(() => {
  const HELD_PX = 80;
  const set = (id, props) => window.dash_clientside.set_props(id, props);
  let held = false;

  const hold = (now) => {
    if (now === held || !document.getElementById("logs-lines")) return;
    held = now;
    set("logs-held", { data: now });
  };

  addEventListener("scroll", () => hold(scrollY > HELD_PX), { passive: true });

  document.addEventListener("click", (event) => {
    if (event.target.closest?.("#logs-pill")) {
      window.scrollTo(0, 0);
      hold(false);
      return;
    }
    const line = event.target.closest?.(".log-line");
    const selects = String(getSelection()).length > 0;
    if (!line || selects || event.target.closest("a, button, summary")) return;
    window.foreshock.setParams({ sel: line.dataset.row, around: null });
  });

  const namespace = (window.dash_clientside = window.dash_clientside || {});
  namespace.logs = {
    asked(search, pathname, before) {
      return window.foreshock.asked("/logs", ["sel", "around", "wrap"], search, pathname, before);
    },
    /* The line that was asked for, in the middle of its neighbours. */
    centred(children) {
      if (children?.length)
        requestAnimationFrame(() => {
          const here = document.querySelector("#logs-context .here");
          const list = here?.closest(".log-lines");
          if (here) list.scrollTop = here.offsetTop - list.clientHeight / 2;
        });
      return namespace.no_update;
    },
  };
})();
