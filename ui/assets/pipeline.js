/* The pipeline page in the browser: the sheet opens with its question, or with what became of it. */
(() => {
  const namespace = (window.dash_clientside = window.dash_clientside || {});
  namespace.pipeline = {
    asked(children) {
      const sheet = document.getElementById("pipeline-sheet");
      /* Not by an attribute: only showModal keeps clicks from what lies below. */
      if (children?.length && sheet && !sheet.open) requestAnimationFrame(() => sheet.isConnected && !sheet.open && sheet.showModal());
      return namespace.no_update;
    },
  };
})();
