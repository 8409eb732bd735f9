/* Cells of the grids. They make React elements of text, never of HTML: data is from outside. */
(() => {
  const cells = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  const h = (kind, props, ...children) => React.createElement(kind, props, ...children);
  const SHAPES = {
    critical: "critical", high: "high", warning: "warning", info: "info", low: "low", ok: "ok",
    emergency: "critical", alert: "critical", fatal: "critical", error: "high", medium: "warning", notice: "info",
    debug: "low", trace: "low", unknown: "low",
  };
  const TONES = {
    firing: "critical", alerting: "critical", lost: "critical", failing: "critical", failed: "critical", stopped: "critical",
    revoked: "critical", disabled: "critical", pending: "warning", silent: "warning", behind: "warning", rising: "warning", "set aside": "warning", expired: "warning",
    acknowledged: "info", assigned: "info", new: "info",
    resolved: "ok", ok: "ok", connected: "ok", active: "ok", "sent again": "ok",
  };
  const MUTED = ["suppressed", "disabled", "revoked", "expired"];
  const KINDS = {
    num: "number", int: "number", float: "number", size: "number", bytes: "number",
    hex: "id", uuid: "id", id: "id",
    ip: "address", ipv4: "address", ipv6: "address", mac: "address", host: "address", email: "address",
    url: "path", path: "path", file: "path", time: "time", date: "time", dur: "time", duration: "time",
  };

  /* What cannot be seen, or turns the text around it, is made visible, as schemas/display.py does.
     With the flag u a surrogate is one that stands alone, as the cut may leave one. */
  const hex = (char, mark, digits) => `\\${mark}${char.codePointAt(0).toString(16).padStart(digits, "0")}`;
  const shown = (text, most = 400) => {
    const whole = String(text ?? "");
    const cut = whole.length > most ? whole.slice(0, most).replace(/[\ud800-\udbff]$/, "") : whole;
    return cut.replace(/[\u0000-\u001f\u007f-\u009f]/g, (char) => hex(char, "x", 2))
      .replace(/[\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb]/gu, (char) => hex(char, "u", 4))
      .replace(/[\u{e0000}-\u{e007f}]/gu, (char) => hex(char, "U", 8));
  };

  window.foreshock.shownText = shown;

  const three = (value) => {
    if (value === 0) return "0";
    if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en");
    return String(Number(value.toPrecision(3)));
  };
  const stepped = (value, steps, least, behind = "") => {
    for (const [size, name] of steps) if (Math.abs(value) >= size) return [three(value / size), `${name}${behind}`.trim()];
    return [three(value), `${least}${behind}`.trim()];
  };
  const BYTES = [[2 ** 40, "TiB"], [2 ** 30, "GiB"], [2 ** 20, "MiB"], [2 ** 10, "KiB"]];
  const STEPS = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]];
  const SPANS = [[86400, "d"], [3600, "h"], [60, "min"]];
  const WRITTEN = { percent: "%", 1: "", "1/s": "/s" };
  const measured = (value, given = "") => {
    const unit = WRITTEN[given] ?? given;
    if (["bytes", "B", "bytes/s", "B/s"].includes(unit)) return stepped(value, BYTES, "B", unit.endsWith("/s") ? "/s" : "");
    if (["s", "seconds"].includes(unit)) return Math.abs(value) < 1 ? [three(value * 1000), "ms"] : stepped(value, SPANS, "s");
    if (unit === "%") return [three(value), "%"];
    if (Math.abs(value) < 1e4) return [Number.isInteger(value) ? value.toLocaleString("en") : three(value), unit];
    return stepped(value, STEPS, "", unit ? ` ${unit}` : "");
  };

  const clock = (iso, zone) => {
    const at = new Date(iso);
    const options = { timeZone: zone || undefined, hour12: false };
    const day = (date) => date.toLocaleDateString("en-CA", options);
    const time = at.toLocaleTimeString("en-GB", options);
    if (day(at) === day(new Date())) return time;
    const date = at.toLocaleDateString("en-GB", { timeZone: zone || undefined, day: "numeric", month: "short" });
    return at.getFullYear() === new Date().getFullYear() ? `${date} ${time.slice(0, 5)}` : `${day(at)} ${time.slice(0, 5)}`;
  };
  const utc = (iso) => `${new Date(iso).toISOString().slice(0, 19).replace("T", " ")} UTC`;

  const functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});
  functions.orderInUrl = ({ api, source }) => {
    const chosen = api.getColumnState().find((one) => one.sort);
    if (source !== "uiColumnSorted") return;
    window.foreshock.setParams({ sort: chosen ? `${chosen.sort === "desc" ? "-" : ""}${chosen.colId}` : null });
  };

  /* A grid hides its cells until it has measured how far columns stretch; one that was made before
     it was in the page may wait for that for ever. It gets its widths from here, then. */
  const MEASURE_MS = 300;
  const unmeasured = document.getElementsByClassName("ag-delay-render");
  const stretch = (root) => {
    const api = window.dash_ag_grid.getApi(root.closest(".grid > [id]").id);
    const columns = api.getAllDisplayedColumns();
    const width = (one) => one.getActualWidth();
    const fixed = columns.filter((one) => !one.getFlex());
    const columnLimits = fixed.map((one) => ({ key: one.getColId(), minWidth: width(one), maxWidth: width(one) }));
    api.sizeColumnsToFit({ columnLimits });
    api.setColumnWidths([{ key: columns[0].getColId(), newWidth: width(columns[0]) + 1 }]); // it shows them with a change
    api.setColumnWidths([{ key: columns[0].getColId(), newWidth: width(columns[0]) - 1 }]);
  };
  let waiting = new Set();
  setInterval(() => {
    const now = new Set([...unmeasured].filter((root) => root.offsetParent && root.closest(".grid > [id]")));
    now.forEach((root) => waiting.has(root) && stretch(root));
    waiting = now;
  }, MEASURE_MS);

  cells.CellText = ({ value }) => h("span", { title: shown(value) }, shown(value));
  const badge = (words, style) => h("span", { key: words, className: `chip ${style}` }, words);
  cells.CellTitle = ({ value, data }) =>
    h("span", { className: "title-cell" },
      data?.fresh ? badge("new", "info") : null,
      h("span", { className: "cut", title: shown(value) }, shown(value)),
      data?.demo ? badge("demo", "demo") : null);
  cells.CellMono = ({ value }) => h("span", { className: "mono", title: shown(value) }, shown(value));
  cells.CellSeverity = ({ value }) => {
    const shape = SHAPES[String(value).toLowerCase()] || "low";
    return h("span", { className: `severity severity-${shape}` },
      h("span", { className: `icon shape shape-${shape}`, "aria-hidden": true }), shown(value, 20));
  };
  cells.CellState = ({ value }) => {
    if (!value) return null;
    const word = String(value).toLowerCase();
    const muted = MUTED.includes(word) ? "muted" : "";
    return h("span", { className: `chip ${TONES[word] || ""} ${muted}` }, shown(value, 30));
  };
  cells.CellNumber = ({ value, unit }) => {
    if (typeof value !== "number") return h("span", { className: "dim" }, "–");
    const [number, name] = measured(value, unit);
    return h("span", { className: "number", title: `${value.toLocaleString("en")} ${unit || ""}`.trim() },
      number, name ? h("span", { className: "unit" }, name) : null);
  };
  cells.CellShare = ({ value }) =>
    typeof value === "number"
      ? h("span", { className: "bar-cell" },
          h("span", { className: "share" }, h("span", { style: { width: `${Math.min(100, value * 100)}%` } })),
          h("span", { className: "number" }, `${three(value * 100)} %`))
      : h("span", { className: "dim" }, "–");
  cells.CellMeasure = ({ value, data }) => cells.CellNumber({ value, unit: data?.unit });
  cells.CellHost = ({ value, data }) =>
    h("span", { className: "mono", title: shown(value) }, shown(value),
      data?.demo ? h("span", { className: "chip demo" }, "demo") : null);
  cells.CellHealth = ({ value, data }) => {
    const shape = data?.severity ? SHAPES[data.severity] || "low" : value === "silent" ? "silent" : "ok";
    return h("span", { className: `severity severity-${shape}` },
      h("span", { className: `icon shape shape-${shape}`, "aria-hidden": true }), shown(value, 20));
  };
  cells.CellRings = ({ value }) =>
    value ? h("span", { className: "rings number", title: `${value} in the last 24 h` }, h("span", { className: "ring" }), value) : null;
  cells.CellTime = ({ value, zone }) =>
    value ? h("time", { dateTime: value, title: utc(value), className: "number" }, clock(value, zone)) : h("span", { className: "dim" }, "–");
  const ago = (iso) => {
    const [number, unit] = measured(Math.max(1, Math.round((Date.now() - Date.parse(iso)) / 1000)), "s");
    return `${number.split(".")[0]} ${unit} ago`;
  };
  cells.CellAgo = ({ value }) =>
    value
      ? h("time", { dateTime: value, title: utc(value), className: "number", "data-ago": "" }, ago(value))
      : h("span", { className: "dim" }, "–");
  /* A grid draws a cell again with another value; how long ago that was goes on by itself. */
  const AGO_MS = 5000;
  setInterval(() => {
    if (document.hidden) return;
    for (const one of document.querySelectorAll("time[data-ago]")) {
      const words = ago(one.dateTime);
      if (one.firstChild.nodeValue !== words) one.firstChild.nodeValue = words;
    }
  }, AGO_MS);
  cells.CellTemplate = ({ value }) => {
    const parts = String(value ?? "").split(/(<[A-Za-z*][\w:*-]{0,40}>)/).filter(Boolean);
    return h("code", { className: "mono", title: shown(value) }, parts.map((part, index) => {
      const slot = /^<(.+)>$/.exec(part);
      if (!slot) return h("span", { key: index }, shown(part));
      const kind = KINDS[slot[1].toLowerCase().split(":")[0]] || "text";
      return h("span", { key: index, className: `slot slot-${kind}`, title: slot[1] === "*" ? "any text" : slot[1] }, part);
    }));
  };
  cells.CellSpark = ({ value }) => {
    if (!Array.isArray(value) || value.length < 2) return null;
    const low = Math.min(...value);
    const span = Math.max(...value) - low || 1;
    const points = value.map((one, n) => `${((n * 100) / (value.length - 1)).toFixed(1)},${(22 - ((one - low) / span) * 20).toFixed(1)}`);
    return h("svg", { className: "cell-spark", viewBox: "0 0 100 24", preserveAspectRatio: "none", "aria-hidden": true },
      h("polyline", { points: points.join(" ") }));
  };
  cells.CellDelta = ({ value }) =>
    value?.text
      ? h("span", { className: `number small delta ${value.tone}`, title: shown(value.title) }, shown(value.text, 20))
      : null;
  /* The click stays with the button: one that the grid hears of would open the row. The row is that
     of the click: a card is not drawn again for what it does not show, such as a version. */
  const thumb = ({ store, field, buttons }, { node, data: drawn }) => {
    const action = drawn?.[field];
    const looks = buttons[action];
    if (!looks) return null;
    const act = (event) => {
      event.stopPropagation();
      const data = node?.data || drawn;
      window.dash_clientside.set_props(store, { data: { action, id: data.id, version: data.version, at: Date.now() } });
    };
    return h("button", {
      type: "button", className: "button quiet square thumb", "aria-label": looks.words, title: looks.words,
      ref: (element) => { if (element) element.onclick = act; },
    }, h("span", { className: `icon icon-${looks.glyph}`, "aria-hidden": true }));
  };
  cells.CellCard = (params) => {
    const draw = (one, key) =>
      one?.renderer ? h(cells[one.renderer] || cells.CellText, { key, value: params.data?.[one.field], data: params.data, ...one.params }) : null;
    const named = (one) => (one.name ? h("span", { key: one.field, className: "named" }, one.name, draw(one)) : draw(one, one.field));
    const words = h("div", { className: "two-lines", tabIndex: 0 },
      h("div", { className: "cut" }, draw(params.title, "title")),
      h("div", { className: "second" }, params.second.map(named)));
    return params.acts ? h("div", { className: "card-row" }, words, thumb(params.acts, params)) : words;
  };
})();
