/* New figures in a grid: while somebody is in it no row moves, comes or goes. */
(() => {
  const none = () => window.dash_clientside.no_update;
  const drawn = {};

  /* What becomes of `rowData`; rows of the same question only follow where they stand. A grid that
     is drawn with its rows answers one question for all its life, and needs no `key` of it. */
  const follow = (id, rows, key = "") => {
    const place = document.getElementById(id);
    const api = place && window.dash_ag_grid?.getApi?.(id);
    const isIn = place?.matches(":hover") || place?.contains(document.activeElement);
    const isSame = (drawn[id] ?? key) === key;
    drawn[id] = key;
    const stay = Boolean(api && isIn && isSame && api.getDisplayedRowCount());
    api?.setGridOption("suppressModelUpdateAfterUpdateTransaction", stay);
    if (!stay) return rows;
    const known = new Map();
    api.forEachNode((node) => known.set(node.id, true));
    api.applyTransaction({ update: rows.filter((row) => known.has(String(row.id ?? row.host))) });
    return none();
  };

  const namespace = (window.dash_clientside = window.dash_clientside || {});
  namespace.rows = {
    /* {rows, key: the question}: of a grid whose rows come by a clock. */
    follow(found) {
      const { id } = namespace.callback_context.outputs_list;
      return found ? follow(id, found.rows, found.key) : none();
    },

    /* {search, rows, beside}: of a grid, and for the outputs after its rows, null for what stays.
       Nothing, when the address asks something else by now. */
    arrived(came, search) {
      const outputs = namespace.callback_context.outputs_list;
      if (came?.search !== search) return outputs.map(none);
      const rows = came.rows ? follow(outputs[0].id, came.rows) : none();
      return [rows, ...came.beside.map((one) => one ?? none())];
    },
  };
  Object.assign(window.foreshock, { follow });
})();
