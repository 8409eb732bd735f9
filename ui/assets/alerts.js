/* The alerts page in the browser: what comes live changes rows in their place, and whatever would
   move others waits behind the pill while somebody reads, selects or has the drawer open. */
(() => {
  const GATHER_MS = 700;
  const none = () => window.dash_clientside.no_update;
  const element = (id) => document.getElementById(id);
  const api = () => (element("alerts") ? window.dash_ag_grid?.getApi?.("alerts") : null);
  const waiting = new Set();
  let heard = { ids: new Set(), resync: false };
  let timer = 0;

  const isBusy = () => {
    const list = element("alerts-list");
    const viewport = list?.querySelector(".ag-body-viewport");
    return Boolean(
      document.querySelector(".drawer:not([hidden])") ||
        api()?.getSelectedRows?.().length ||
        list?.matches(":hover") ||
        list?.contains(document.activeElement) ||
        viewport?.scrollTop > 0 ||
        window.scrollY > 0,
    );
  };

  const namespace = (window.dash_clientside = window.dash_clientside || {});
  namespace.alerts = {
    /* What a burst tells is asked for once. */
    gather(live) {
      if (!live) return none();
      for (const event of live.events || []) if (event.topic === "alerts" && event.data?.id) heard.ids.add(event.data.id);
      heard.resync ||= Boolean(live.resync);
      if (timer || (!heard.ids.size && !heard.resync)) return none();
      /* Not by a promise: the answer to a later event would take its place. */
      timer = setTimeout(() => {
        const data = { ids: [...heard.ids], resync: heard.resync, at: Date.now() };
        heard = { ids: new Set(), resync: false };
        timer = 0;
        if (element("alerts-list")) window.dash_clientside.set_props("alerts-events", { data });
      }, GATHER_MS);
      return none();
    },
    arrived(news) {
      const by = namespace.callback_context.triggered_id;
      if (by !== "alerts-waiting" || (news && !isBusy())) {
        waiting.clear();
        return [Date.now(), true, ""];
      }
      if (!news) return [none(), none(), none()];
      news.ids.forEach((id) => waiting.add(id));
      return [none(), false, `${waiting.size} new`];
    },
    /* The clock goes on while there is nothing good to see. */
    drawn(data) {
      waiting.clear();
      return [true, !data?.failed];
    },
    visited(drawn) {
      return drawn?.visit?.seen_at ? drawn.visit : none();
    },
    update(updates, decided) {
      const by = namespace.callback_context.triggered_id;
      const rows = (by === "alerts-decided" ? decided : updates)?.rows || [];
      const known = rows.filter((row) => api()?.getRowNode(String(row.id)));
      if (known.length) api().applyTransaction({ update: known });
      return none();
    },
    selected(rows) {
      const count = rows?.length || 0;
      return [count === 0, count ? `${count} selected` : ""];
    },
    /* The field says what the address says, but not over what somebody is typing. */
    typed(search) {
      const field = element("alerts-q");
      const told = new URLSearchParams(search || "").get("q") || "";
      return !field || field === document.activeElement ? none() : told;
    },
  };
})();
