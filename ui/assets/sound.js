/* Sound: off until somebody presses the bell (browsers need that press), then once for each new
   critical alert that nobody has acknowledged, in one tab alone. */
(() => {
  const KEY = "foreshock-sound";
  const REMEMBERED = 500;
  const heard = new Set();
  const on = () => localStorage.getItem(KEY) === "on";
  const play = (name) => new Audio(`/assets/sounds/${name}.wav`).play().catch(() => {});

  const show = () => {
    const set = window.dash_clientside?.set_props;
    if (!set || !document.getElementById("sound-button")) return;
    const icon = document.querySelector("#sound-button .icon");
    icon.className = `icon icon-${on() ? "sound" : "mute"}`;
    document.getElementById("sound-button").setAttribute("aria-pressed", String(on()));
    if (document.getElementById("sound-switch")) set("sound-switch", { checked: on() });
  };

  const choose = (wanted) => {
    localStorage.setItem(KEY, wanted ? "on" : "off");
    if (wanted) play("resolved");
    show();
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest?.("#sound-button")) choose(!on());
    const test = event.target.closest?.("[data-sound]");
    if (test) play(test.dataset.sound);
  });
  document.addEventListener("change", (event) => {
    if (event.target.id === "sound-switch" && event.target.checked !== on()) choose(event.target.checked);
  });

  const once = (key, name) => {
    if (heard.has(key)) return;
    heard.add(key);
    if (heard.size > REMEMBERED) heard.delete(heard.values().next().value);
    if (!on()) return;
    navigator.locks?.request(`foreshock-sound-${key}`, { ifAvailable: true }, async (lock) => {
      if (!lock) return;
      play(name);
      await new Promise((done) => setTimeout(done, 3000));
    });
  };

  window.foreshock.heard = (events) => {
    for (const { kind, data } of events) {
      if (kind !== "alert" || data?.severity !== "critical") continue;
      if (data.state === "firing" && !data.acknowledged) once(`${data.id}-firing`, "critical");
      if (data.state === "resolved" && heard.delete(`${data.id}-firing`)) once(`${data.id}-${data.version}`, "resolved");
    }
  };
  window.foreshock.showSound = show;
})();
