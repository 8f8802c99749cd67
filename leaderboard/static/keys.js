// Keys for those who like them; every page works without. j and k walk along a list or to the next
// and the previous response, u goes up, / searches, c compares what is ticked. A button at the foot
// of the page switches them off, and the browser remembers it.
(() => {
  const OFF = "cft-eval-keys-off";
  const remembered = () => { try { return localStorage.getItem(OFF); } catch { return null; } };
  let off = remembered() === "1";
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
  // Whoever types, or moves what scrolls by itself, means that and no page.
  const busy = (target) =>
    target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]") || target.matches?.("[tabindex]");
  const scrolls = (target) => {
    for (let at = target; at && at !== document.body; at = at.parentElement)
      if (at.scrollWidth > at.clientWidth && getComputedStyle(at).overflowX !== "visible") return true;
    return false;
  };
  document.addEventListener("keydown", (event) => {
    if (off || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (busy(event.target)) return;
    const arrow = { ArrowRight: "j", ArrowLeft: "k" }[event.key];
    if (arrow && (event.shiftKey || scrolls(event.target) || !document.querySelector("[data-next], [data-previous]"))) return;
    const key = arrow ?? event.key;
    if (!Object.hasOwn(actions, key)) return;
    event.preventDefault();
    actions[key]();
  });
  const show = () => {
    for (const button of document.querySelectorAll("button.keys")) {
      button.hidden = false;
      button.textContent = off ? "Keyboard shortcuts are off: switch on" : "Keyboard shortcuts are on: switch off";
    }
    for (const hint of document.querySelectorAll("[data-hint]")) hint.hidden = off;
  };
  document.addEventListener("click", (event) => {
    if (!event.target.matches?.("button.keys")) return;
    off = !off;
    try { off ? localStorage.setItem(OFF, "1") : localStorage.removeItem(OFF); } catch { /* for this page alone */ }
    show();
  });
  if (document.querySelector("[data-row], [data-next], [data-previous], [data-up], input[type=search]")) show();
})();
