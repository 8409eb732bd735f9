/* The pipeline page in the browser: the sheet opens with its question, the figures follow a clock. */
(() => {
  const namespace = (window.dash_clientside = window.dash_clientside || {});
  namespace.pipeline = {
    asked() {
      const sheet = document.getElementById("pipeline-sheet");
      /* Not by an attribute: only showModal keeps clicks from what lies below. */
      if (sheet && !sheet.open) requestAnimationFrame(() => sheet.isConnected && !sheet.open && sheet.showModal());
      return namespace.no_update;
    },
    /* New figures in the part that is open, unless another name was looked for meanwhile. */
    followed(figures) {
      const set = window.dash_clientside.set_props;
      const isOpen = (id) => document.getElementById(id);
      const q = new URLSearchParams(location.search).get("q") || "";
      if (figures?.topics && isOpen("pipeline-topics")) set("pipeline-topics", { children: figures.topics });
      if (!figures?.rows || figures.q !== q || !isOpen("pipeline-books")) return namespace.no_update;
      set("pipeline-books", { children: figures.sums });
      if (isOpen("pipeline-ledger")) {
        const rowData = window.foreshock.follow("pipeline-ledger", figures.rows);
        if (rowData !== namespace.no_update) set("pipeline-ledger", { rowData });
      }
      return namespace.no_update;
    },
  };
})();
