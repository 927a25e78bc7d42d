// Adds keys and zoom without a new request to the reader. Every link works without this file.
(() => {
  "use strict";
  const reader = document.querySelector(".reader");
  const leaf = reader?.querySelector(".leaf");
  if (!leaf) return;

  const FIELDS = "input, select, textarea, [contenteditable]";

  function turn(where) {
    const link = reader.querySelector(`[data-turn="${where}"]`);
    if (link) location.assign(link.href);
    return Boolean(link);
  }

  // Keys scroll first: a page is taller than the window, and a zoomed page is wider.
  const root = document.documentElement;
  const bar = reader.querySelector(".turn");
  const atTop = () => leaf.getBoundingClientRect().top >= bar.getBoundingClientRect().bottom;
  const atEnd = () => leaf.getBoundingClientRect().bottom <= root.clientHeight + 1;
  const atLeft = () => leaf.scrollLeft <= 1;
  const atRight = () => leaf.scrollLeft + leaf.clientWidth >= leaf.scrollWidth - 1;

  const KEYS = {
    ArrowLeft: () => (document.activeElement !== leaf || atLeft()) && turn("previous"),
    ArrowRight: () => (document.activeElement !== leaf || atRight()) && turn("next"),
    PageUp: () => atTop() && turn("previous"),
    PageDown: () => atEnd() && turn("next"),
    Home: () => atTop() && turn("first"),
    End: () => atEnd() && turn("last"),
  };

  document.addEventListener("keydown", event => {
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.target.closest(FIELDS)) return;
    // A page that was turned is not scrolled as well.
    if (KEYS[event.key]?.()) event.preventDefault();
  });

  // Zoom changes the page that is here: to ask for it again would count as another page.
  reader.addEventListener("click", event => {
    const chosen = event.target.closest("[data-zoom-to]");
    if (!chosen || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    reader.dataset.zoom = chosen.dataset.zoomTo;
    for (const link of reader.querySelectorAll("[data-zoom-to]")) {
      if (link === chosen) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    const query = new URL(chosen.href).search;
    for (const link of reader.querySelectorAll("[data-turn], .thumbnails a")) {
      const address = new URL(link.href);
      address.search = query;
      link.href = address.href;
    }
    reader.querySelector("[name=zoom]").value = chosen.dataset.zoomTo;
    history.replaceState(null, "", location.pathname + query);
  });

  // The rail shows this page in its middle, and the window stays where it is.
  const rail = reader.querySelector(".thumbnails > ul");
  const here = rail?.querySelector("[aria-current]");
  if (here) {
    const [outer, inner] = [rail.getBoundingClientRect(), here.getBoundingClientRect()];
    rail.scrollTop += inner.top - outer.top - (outer.height - inner.height) / 2;
    rail.scrollLeft += inner.left - outer.left - (outer.width - inner.width) / 2;
  }
})();
