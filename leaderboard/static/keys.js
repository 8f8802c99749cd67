// Keys for those who like them; every page works without. j and k walk along a list or to the next
// and the previous response, u goes up, / searches, c compares what is ticked.
(() => {
  const follow = (selector) => document.querySelector(selector)?.click();
  const walk = (step) => {
    const rows = [...document.querySelectorAll("[data-row]")];
    if (!rows.length) return;
    const at = rows.indexOf(document.activeElement);
    const next = at < 0 ? (step > 0 ? 0 : rows.length - 1) : at + step;
    rows[Math.min(rows.length - 1, Math.max(0, next))].focus();
  };
  const actions = {
    j: () => (document.querySelector("[data-next]") ? follow("[data-next]") : walk(1)),
    k: () => (document.querySelector("[data-next], [data-previous]") ? follow("[data-previous]") : walk(-1)),
    u: () => follow("[data-up]"),
    c: () => document.querySelector("#compare")?.requestSubmit(),
    "/": () => document.querySelector("input[type=search]")?.focus(),
  };
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input:not([type=checkbox]), textarea, select");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = { ArrowRight: "j", ArrowLeft: "k" }[event.key] ?? event.key;
    if (event.key.startsWith("Arrow") && !document.querySelector("[data-next], [data-previous]")) return;
    if (!Object.hasOwn(actions, key)) return;
    event.preventDefault();
    actions[key]();
  });
})();
