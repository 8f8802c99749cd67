// Filters, orders, pages and ticks in place: what a link or a form of the page would load is fetched
// and put where the page's main part stands. Every page works without; where this fails, the
// browser goes there itself.
(() => {
  let coming = null, timer = 0;
  const main = () => document.querySelector("main[data-live]");
  if (!main()) return;
  const key = (node) => node?.closest?.("main") && (node.id ? `#${CSS.escape(node.id)}`
    : node.name ? `[name="${CSS.escape(node.name)}"]${node.type === "checkbox" ? `[value="${CSS.escape(node.value)}"]` : ""}`
    : node.matches("thead a") ? `thead th:nth-child(${node.closest("th").cellIndex + 1}) a`
    : node.getAttribute("href") ? `a[href="${CSS.escape(node.getAttribute("href"))}"]` : "");
  const opened = () => [...main().querySelectorAll("details[open] > summary")].map((each) => each.textContent.split(":")[0]);
  const put = (text) => {
    const next = new DOMParser().parseFromString(text, "text/html");
    const from = next.querySelector("main");
    if (!from) throw new Error("no page");
    const active = document.activeElement, at = key(active), open = new Set(opened());
    const where = active?.selectionStart, typed = active?.type === "search" ? active.value : null;
    main().replaceChildren(...from.childNodes);
    document.title = next.title;
    // Its links carry the filters along.
    document.querySelector("header nav").replaceWith(next.querySelector("header nav"));
    for (const each of main().querySelectorAll("details > summary"))
      if (open.has(each.textContent.split(":")[0])) each.parentElement.open = true;
    const again = at ? main().querySelector(at) : null;
    if (again && typed !== null) again.value = typed;
    again?.focus({ preventScroll: true });
    if (again?.type === "search") again.setSelectionRange(where, where);
    ready();
  };
  const go = async (url, { push = true, top = false } = {}) => {
    coming?.abort();
    const mine = (coming = new AbortController());
    main().setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(url, { signal: mine.signal, headers: { accept: "text/html" } });
      if (!answer.ok) throw new Error(answer.status);
      const text = await answer.text();
      if (mine.signal.aborted) return;
      if (push) history.pushState(null, "", answer.url);
      put(text);
      if (top) document.querySelector("#measured, h1")?.scrollIntoView();
    } catch (error) {
      if (error.name !== "AbortError") location.href = url;
    } finally {
      if (mine === coming) main()?.removeAttribute("aria-busy");
    }
  };
  const address = (form) => {
    const parts = [...new FormData(form)].filter(([, value]) => value !== "");
    // A form that also does something else says which part of it a search is.
    if (form.dataset.live) parts.push([form.dataset.live, "1"]);
    return `${form.getAttribute("action")}?${new URLSearchParams(parts)}`;
  };
  const later = (url, wait) => { clearTimeout(timer); timer = setTimeout(() => go(url()), wait); };
  const ticked = () => {
    const url = new URL(location.href), here = new Set();
    for (const box of main().querySelectorAll("input[form=compare][name=run]")) here.add(box.value);
    const kept = url.searchParams.getAll("run").filter((run) => !here.has(run));
    url.searchParams.delete("run");
    for (const box of main().querySelectorAll("input[form=compare][name=run]:checked")) kept.push(box.value);
    for (const run of kept.slice(0, 26)) url.searchParams.append("run", run);
    return url.href;
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("main[data-live] a[href]");
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const url = new URL(link.href);
    if (url.origin !== location.origin || url.pathname !== location.pathname || url.hash || link.hasAttribute("download")) return;
    event.preventDefault();
    go(url.href, { top: Boolean(link.closest('[aria-label="Pages"]')) });
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-live]") || event.submitter?.matches(".main")) return;
    event.preventDefault();
    go(address(event.target));
  });
  document.addEventListener("change", (event) => {
    const form = event.target.closest?.("form[data-live]");
    if (form && event.target.type !== "search") later(() => address(form), 0);
    else if (event.target.matches?.("input[form=compare][name=run]") && main()) later(ticked, 150);
  });
  document.addEventListener("input", (event) => {
    const form = event.target.type === "search" && event.target.closest("form[data-live]");
    if (form) later(() => address(form), 250);
  });
  addEventListener("popstate", () => go(location.href, { push: false }));
  const ready = () => { for (const each of main().querySelectorAll("[data-nojs]")) each.hidden = true; };
  ready();
})();
