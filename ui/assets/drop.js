/* Where log files are dropped, and how far each is. What is drawn is text, never HTML: names of
   files are from outside. Rows stay where they are, so a button can be pressed while they change. */
(() => {
  const three = (value) => (value >= 100 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(3))));
  const bytes = (value) => {
    for (const [size, name] of [[2 ** 30, "GiB"], [2 ** 20, "MiB"], [2 ** 10, "KiB"]])
      if (value >= size) return `${three(value / size)} ${name}`;
    return `${Math.round(value)} B`;
  };
  const seconds = (value) =>
    value >= 3600 ? `${three(value / 3600)} h` : value >= 60 ? `${Math.round(value / 60)} min` : `${Math.max(1, Math.round(value))} s`;
  const element = (kind, className, text) => {
    const made = document.createElement(kind);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };

  const rate = (item) => {
    const now = performance.now();
    item.marks.push([now, item.sent]);
    while (item.marks.length > 2 && now - item.marks[0][0] > 5000) item.marks.shift();
    const [at, sent] = item.marks[0];
    return now - at > 300 ? Math.max(0, ((item.sent - sent) / (now - at)) * 1000) : 0;
  };

  const said = (item) => {
    const size = bytes(item.file.size);
    const count = `${(item.upload?.lines ?? 0).toLocaleString("en")} lines`;
    if (item.state === "queued") return `${size}, next`;
    if (item.state === "complete") return `${size}, ${count}${item.span?.from ? "" : " on their way"}`;
    if (item.state === "failed") return item.words;
    if (item.state === "stopped") return `Stopped at ${bytes(item.upload?.offset ?? 0)} of ${size}`;
    if (item.state === "waiting") return `${bytes(item.sent)} of ${size}; trying again: ${item.words}`;
    const speed = rate(item);
    const left = speed ? `, ${seconds((item.file.size - item.sent) / speed)} left` : "";
    return `${bytes(item.sent)} of ${size}${speed ? ` at ${bytes(speed)}/s` : ""}${left}`;
  };

  const patterns = (item) => {
    const params = new URLSearchParams({ source: item.source.replace(/[\\,]/g, "\\$&") });
    if (item.span?.from) {
      params.set("from", item.span.from);
      params.set("to", item.span.to);
    }
    return `/patterns?${params}`;
  };

  const GLYPHS = { complete: "check", failed: "close", stopped: "pause", waiting: "clock" };
  const ACTS = { sending: "Stop", waiting: "Stop", stopped: "Go on", failed: "Try again", complete: "Its patterns" };

  const rowOf = (item) => {
    if (item.row) return item.row;
    const text = window.foreshock.shownText;
    const row = (item.row = element("li"));
    const glyph = element("span");
    glyph.setAttribute("aria-hidden", "true");
    const bar = element("progress");
    bar.max = Math.max(1, item.file.size);
    bar.setAttribute("aria-label", `Sent of ${text(item.file.name, 120)}`);
    const words = element("span", "upload-words dim small");
    row.append(glyph, element("strong", "cut", text(item.file.name, 120)), words, element("span"), bar);
    return row;
  };

  const actOf = (item) => {
    const name = ACTS[item.state];
    if (!name) return element("span");
    const act = element(item.state === "complete" ? "a" : "button", "button", name);
    if (item.state !== "complete") {
      act.type = "button";
      act.onclick = () =>
        ["sending", "waiting"].includes(item.state) ? window.foreshock.uploads.stop(item) : window.foreshock.uploads.goOn(item);
    }
    return act;
  };

  const update = (item) => {
    const row = rowOf(item);
    const [glyph, , words, act, bar] = row.children;
    row.className = `upload ${item.state}`;
    glyph.className = `icon icon-${GLYPHS[item.state] || "upload"}`;
    words.textContent = window.foreshock.shownText(said(item), 300);
    bar.value = item.state === "complete" ? bar.max : item.sent;
    if (act.textContent !== (ACTS[item.state] || "")) {
      const held = act === document.activeElement;
      const made = actOf(item);
      act.replaceWith(made);
      if (held) made.focus();
    }
    if (item.state === "complete") row.children[3].href = patterns(item);
    return row;
  };

  let planned = 0;
  const draw = () => {
    planned ||= setTimeout(() => {
      planned = 0;
      const { files } = window.foreshock.uploads;
      const rows = files.map(update);
      const host = document.getElementById("drop-files");
      if (!host || !rows.length) return;
      let list = host.firstElementChild;
      if (!list) host.append((list = element("ul", "list uploads")));
      if (list.firstElementChild !== rows[0]) list.replaceChildren(...rows);
    }, 100);
  };

  const zone = () => document.querySelector("[data-drop]");
  const holdsFiles = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
  const add = (list) => window.foreshock.uploads.add(list, document.getElementById("drop-source")?.value.trim());
  let depth = 0;
  const over = (now) => {
    depth = Math.max(0, now);
    zone()?.classList.toggle("over", depth > 0);
  };

  addEventListener("dragenter", (event) => holdsFiles(event) && over(depth + 1));
  addEventListener("dragleave", (event) => holdsFiles(event) && over(depth - 1));
  addEventListener("dragover", (event) => holdsFiles(event) && zone() && event.preventDefault());
  addEventListener("drop", (event) => {
    over(0);
    if (!holdsFiles(event) || !zone()) return;
    event.preventDefault();
    add(event.dataTransfer.files);
  });
  addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-choose]")) return;
    const input = element("input");
    input.type = "file";
    input.multiple = true;
    input.onchange = () => add(input.files);
    input.click();
  });

  window.foreshock.drawUploads = draw;
  const namespace = (window.dash_clientside = window.dash_clientside || {});
  namespace.drop = {
    /* The page was drawn anew: what is on its way is shown again. */
    shown() {
      if (window.foreshock.uploads.files.length) draw();
      return namespace.no_update;
    },
  };
})();
