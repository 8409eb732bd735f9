/* The patterns page in the browser: what it asks for, and rows that follow in their places. */
(() => {
  const none = () => window.dash_clientside.no_update;
  const namespace = (window.dash_clientside = window.dash_clientside || {});
  namespace.patterns = {
    asked(search, pathname, before) {
      return window.foreshock.asked("/patterns", ["sel"], search, pathname, before);
    },
    /* {update} or {add}: rows of the grid that is there. */
    changed(rows) {
      if (rows && document.getElementById("patterns-grid")) window.dash_ag_grid?.getApi?.("patterns-grid")?.applyTransaction(rows);
      return none();
    },
  };
})();
