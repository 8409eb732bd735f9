/* Says that caps lock is on; the form works without. */
(() => {
  const hint = document.getElementById("caps");
  if (!hint) return;
  const look = (event) => {
    hint.hidden = !event.getModifierState?.("CapsLock");
  };
  document.addEventListener("keydown", look);
  document.addEventListener("keyup", look);
})();
