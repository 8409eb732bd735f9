/* Keys. What they do stands on the elements themselves: a link with data-go="a" is reached by g a,
   a button with data-key="e" is pressed by e. Off while somebody types. */
(() => {
  const GO_MS = 1200;
  let wentAt = 0;

  const typing = (element) =>
    element.closest?.("input, textarea, select, [contenteditable=true]") || element.isContentEditable;
  const visible = (element) => element.offsetParent !== null;
  /* A button of the drawer that is busy takes the key, too: not another one behind it. */
  const press = (selector) => {
    const found = [...document.querySelectorAll(selector)].filter(visible);
    const inDrawer = found.find((one) => one.closest(".drawer"));
    (inDrawer || found.find((one) => !one.disabled))?.click();
    return found.length > 0;
  };

  /* Rows of the first grid on the page, moved through with j and k as with the arrows. */
  const grid = () => {
    const root = document.querySelector(".grid .ag-root-wrapper")?.closest("[id]");
    return root && window.dash_ag_grid?.getApi ? window.dash_ag_grid.getApi(root.id) : null;
  };
  /* The same through rows that are no grid; those of an open drawer first. */
  const moveRow = (step) => {
    const drawer = document.querySelector(".drawer:not([hidden])");
    const inside = drawer ? [...drawer.querySelectorAll("[data-row]")] : [];
    const rows = inside.length ? inside : [...document.querySelectorAll("[data-row]")];
    const at = rows.indexOf(document.activeElement);
    rows[at < 0 ? 0 : at + step]?.focus();
  };
  const move = (step) => {
    const api = grid();
    if (!api) return moveRow(step);
    const focused = api.getFocusedCell();
    const index = focused ? focused.rowIndex + step : 0;
    if (index < 0 || index >= api.getDisplayedRowCount()) return;
    api.ensureIndexVisible(index);
    const columns = api.getAllDisplayedColumns();
    const first = columns.find((one) => !one.getColId().startsWith("ag-Grid")) || columns[0];
    api.setFocusedCell(index, focused?.column || first);
  };
  /* What is pressed by itself, such as a button in a row, is not the row. */
  const openRow = () => {
    const here = document.activeElement;
    const cell = here?.matches?.("a, button, summary") ? null : here?.closest?.(".ag-cell, [data-row]");
    cell?.click();
    return Boolean(cell);
  };
  const selectRow = () => {
    const api = grid();
    const focused = api?.getFocusedCell();
    const node = focused && api.getDisplayedRowAtIndex(focused.rowIndex);
    node?.setSelected(!node.isSelected());
  };

  /* A key that no button has may mean something for the row in focus: see RowActs of grid.py. */
  const actOnRow = (key) => {
    const host = document.querySelector(".grid[data-act-store]");
    const action = host && JSON.parse(host.dataset.actKeys)[key];
    const focused = action && grid()?.getFocusedCell();
    const row = focused && grid().getDisplayedRowAtIndex(focused.rowIndex)?.data;
    if (!row || document.querySelector(".drawer:not([hidden])")) return false;
    const data = { action, id: row.id, version: row.version, at: Date.now() };
    window.dash_clientside.set_props(host.dataset.actStore, { data });
    return true;
  };

  const keys = {
    "/": () => document.getElementById("search-text")?.focus(),
    "?": () => document.getElementById("help-sheet")?.showModal(),
    t: () => window.foreshock.toggle(),
    ".": () => press("#live-button"),
    "[": () => window.foreshock.shiftRange(-1),
    "]": () => window.foreshock.shiftRange(1),
    j: () => move(1),
    k: () => move(-1),
    x: selectRow,
  };

  /* Whoever opens a drawer is in it, and when it closes back where they were. */
  let cameFrom = null;
  const moved = (records) => {
    for (const { target } of records) {
      if (!target.matches(".drawer")) continue;
      const here = document.activeElement;
      if (!target.hidden && !target.contains(here)) {
        cameFrom = here;
        target.focus({ preventScroll: true });
      } else if (target.hidden && (here === document.body || target.contains(here))) {
        if (cameFrom?.isConnected) cameFrom.focus({ preventScroll: true });
        cameFrom = null;
      }
    }
  };
  new MutationObserver(moved).observe(document, { subtree: true, attributeFilter: ["hidden"] });

  document.addEventListener("keydown", (event) => {
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    if (event.key === "Escape") {
      /* What is being typed is not lost with its drawer: that closes with the next press. */
      const typed = typing(event.target);
      if (typed) event.target.blur();
      if (typed || document.querySelector("details.menu[open], dialog[open]") || !window.foreshock.closeDrawer())
        window.foreshock.closeAll();
      return;
    }
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    if (event.key === "Enter") {
      if (openRow()) event.preventDefault();
      return;
    }
    const went = Date.now() - wentAt < GO_MS;
    wentAt = 0;
    if (went && press(`[data-go="${CSS.escape(event.key)}"]`)) event.preventDefault();
    else if (event.key === "g") wentAt = Date.now();
    else if (keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    } else if (event.repeat) return; // a key that is held acts once
    else if (/^[a-z]$/i.test(event.key) && (press(`[data-key="${CSS.escape(event.key)}"]`) || actOnRow(event.key)))
      event.preventDefault();
  });
})();
