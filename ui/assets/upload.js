/* Log files on their way: in pieces through /uploads, one after the other, resumable. */
(() => {
  const KEPT = "foreshock-uploads";
  const WAITS_MS = [1000, 2000, 5000, 10000, 20000];
  const FAILS = 40;
  const files = [];
  let running = false;

  const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
  const draw = () => window.foreshock.drawUploads();

  /* An upload that is known from before a reload: the same file goes on where it was. */
  const known = () => {
    try {
      return JSON.parse(localStorage.getItem(KEPT)) || {};
    } catch {
      return {};
    }
  };
  const keep = (name, id) => {
    const all = known();
    if (id) all[name] = id;
    else delete all[name];
    const newest = Object.entries(all).slice(-50);
    localStorage.setItem(KEPT, JSON.stringify(Object.fromEntries(newest)));
  };

  class Refused extends Error {
    constructor(status, said) {
      super(said?.detail || `the answer was ${status}`);
      this.status = status;
      this.offset = null;
    }
  }

  const asked = async (method, path, body) => {
    const answer = await fetch(path, {
      method,
      headers: body ? { "Content-Type": "application/json" } : {},
      body: body && JSON.stringify(body),
    });
    const said = await answer.json().catch(() => null);
    if (answer.status === 401) window.dash_clientside.set_props("session-ended", { data: Date.now() });
    if (!answer.ok) throw new Refused(answer.status, said);
    return said;
  };

  /* fetch cannot say how much has gone out; XMLHttpRequest can. */
  const put = (item, blob) =>
    new Promise((done, failed) => {
      const request = new XMLHttpRequest();
      item.request = request;
      request.open("PUT", `/uploads/${item.upload.id}`);
      request.setRequestHeader("Upload-Offset", String(item.upload.offset));
      request.upload.onprogress = (event) => {
        item.sent = item.upload.offset + event.loaded;
        draw();
      };
      request.onload = () => {
        let said = null;
        try {
          said = JSON.parse(request.responseText);
        } catch {
          said = null;
        }
        if (request.status === 200) return done(said);
        const refused = new Refused(request.status, said);
        const offset = request.getResponseHeader("Upload-Offset");
        refused.offset = offset === null ? null : Number(offset);
        failed(refused);
      };
      request.onerror = () => failed(new Refused(0, { detail: "the connection broke" }));
      request.onabort = () => failed(new Refused(-1, { detail: "stopped" }));
      request.send(blob);
    });

  /* Of times in the file that name no zone; a browser that does not know says Etc/Unknown. */
  const zone = () => (Intl.DateTimeFormat().resolvedOptions().timeZone || "").replace("Etc/Unknown", "");

  const begun = async (item) => {
    const id = known()[item.key];
    if (id) {
      const found = await asked("GET", `/uploads/${id}`).catch(() => null);
      if (found?.state === "open" && found.size === item.file.size) return found;
    }
    const made = await asked("POST", "/uploads", {
      name: item.file.name.slice(0, 255),
      source: item.source,
      size: item.file.size,
      timezone: zone(),
    });
    keep(item.key, made.id);
    return made;
  };

  /* What is worth another try: no connection, too much at once, a piece that was known already. */
  const passes = (error) =>
    !(error instanceof Refused) || [0, 401, 408, 429].includes(error.status) || error.status >= 500 || (error.status === 409 && (error.offset !== null || /another request/.test(error.message)));

  const send = async (item) => {
    let fails = 0;
    item.state = "sending";
    item.marks = [];
    while (item.state === "sending" || item.state === "waiting") {
      try {
        item.upload = item.upload ? await asked("GET", `/uploads/${item.upload.id}`) : await begun(item);
        if (item.state === "waiting") item.state = "sending";
        if (item.upload.state === "failed") throw new Refused(422, { detail: item.upload.reason });
        while (item.upload.state === "open" && item.state === "sending") {
          const { offset, chunk_bytes: most } = item.upload;
          item.sent = offset;
          item.upload = item.file.size === offset
            ? await asked("POST", `/uploads/${item.upload.id}/complete`)
            : await put(item, item.file.slice(offset, offset + most));
          fails = 0;
          draw();
        }
        if (item.upload.state === "complete") item.state = "complete";
      } catch (error) {
        if (error.status === -1 || item.state === "stopped") item.state = "stopped";
        else if (!passes(error) || ++fails > FAILS) {
          item.state = "failed";
          item.words = error.message;
          item.gone = [404, 410].includes(error.status);
        } else {
          item.state = "waiting";
          item.words = error.message;
          draw();
          await sleep(error.offset === null || error.offset === undefined ? WAITS_MS[Math.min(fails, WAITS_MS.length) - 1] : 100);
        }
      }
    }
    /* What failed here goes on where it was; what the server gave up, or forgot, begins anew. */
    if (item.state === "failed" && (item.upload?.state === "failed" || item.gone)) item.upload = null;
    if (item.state === "complete" || (item.state === "failed" && !item.upload)) keep(item.key, null);
    draw();
    if (item.state === "complete") lookFor(item);
  };

  /* Lines are counted seconds after they arrived; then it is known when they were. */
  const lookFor = async (item) => {
    for (let tries = 0; tries < 20 && !item.span?.from; tries++) {
      item.span = await asked("GET", `/uploads/${item.upload.id}/span`).catch(() => null);
      draw();
      if (!item.span?.from) await sleep(2000);
    }
  };

  const next = async () => {
    if (running) return;
    running = true;
    for (let item; (item = files.find((one) => one.state === "queued")); ) await send(item);
    running = false;
  };

  const add = (list, source) => {
    for (const file of list) {
      const named = (source || file.name).slice(0, 200);
      const key = `${named}\n${file.name}\n${file.size}\n${file.lastModified}`;
      files.unshift({ file, source: named, key, state: "queued", sent: 0, words: "", marks: [] });
    }
    draw();
    next();
  };

  const stop = (item) => {
    item.state = "stopped";
    item.request?.abort();
    draw();
  };

  const goOn = (item) => {
    item.state = "queued";
    draw();
    next();
  };

  addEventListener("beforeunload", (event) => {
    if (files.some((item) => ["sending", "waiting", "queued"].includes(item.state))) event.preventDefault();
  });

  window.foreshock.uploads = { files, add, stop, goOn };
})();
