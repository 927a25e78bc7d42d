// Adds keys to the queue and to the page of one request. Everything works without this file, and no key ever sends a decision.
(() => {
  "use strict";
  const keys = document.querySelector(".keys");
  if (!keys) return;

  const TYPING = "input:not([type=radio], [type=checkbox]), select, textarea, summary, [contenteditable]";
  const STORED = "desk-keys";
  const root = document.documentElement;

  // Single letters get in the way of speech input (WCAG 2.1.4), so they can be switched off and stay off.
  function switchTo(state) {
    root.dataset.keys = state;
    try { localStorage.setItem(STORED, state); } catch { /* A browser that stores nothing forgets the choice. */ }
  }
  try { root.dataset.keys = localStorage.getItem(STORED) || "on"; } catch { root.dataset.keys = "on"; }
  keys.addEventListener("click", event => {
    const button = event.target.closest("[data-switch]");
    if (!button) return;
    switchTo(button.dataset.switch);
    keys.querySelector(`[data-switch="${button.dataset.switch === "on" ? "off" : "on"}"]`).focus();
  });

  const decisions = [...document.querySelectorAll(".decision")];
  const current = () => document.activeElement.closest(".decision");

  function choose(verdict) {
    const radio = (current() || decisions[0])?.querySelector(`[value="${verdict}"]`);
    if (!radio) return;
    radio.checked = true;
    radio.focus();
  }

  function nextDocument() {
    const next = decisions[decisions.indexOf(current()) + 1] || decisions[0];
    next?.querySelector(":checked, input")?.focus();
  }

  function ask() {
    const question = document.getElementById("ask");
    if (!question) return;
    question.open = true;
    question.querySelector("textarea").focus();
  }

  const go = rel => document.querySelector(`.crumbs a[rel="${rel}"]`)?.click();
  const ON_REQUEST = {
    a: () => choose("approve"), d: () => choose("deny"), l: () => choose("later"),
    n: nextDocument, q: ask, j: () => go("next"), k: () => go("prev"),
  };

  const rows = [...document.querySelectorAll(".queue tbody tr")];
  const row = () => document.activeElement.closest(".queue tbody tr");

  function move(by) {
    const here = rows.indexOf(row());
    const next = here < 0 ? rows[by > 0 ? 0 : rows.length - 1] : rows[here + by];
    next?.querySelector("th a").focus();
  }

  function explain() {
    keys.scrollIntoView({ block: "center" });
    keys.focus();
  }

  function search() {
    const words = document.getElementById("q");
    words.focus();
    words.select();
  }

  // Enter opens the row by itself, because its link has the focus.
  const ON_QUEUE = {
    j: () => move(1), k: () => move(-1), x: () => row()?.querySelector("[name=pick]").click(),
    t: () => row()?.querySelector(".take")?.click(), "/": search, "?": explain,
  };
  const KEYS = rows.length ? ON_QUEUE : ON_REQUEST;

  document.addEventListener("keydown", event => {
    if (root.dataset.keys === "off" || event.defaultPrevented) return;
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest(TYPING)) return;
    const act = KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
})();
