// Adds keys to the page of one request. Everything works without this file, and no key ever sends a decision.
(() => {
  "use strict";
  const keys = document.querySelector(".keys");
  if (!keys) return;

  const TYPING = "input:not([type=radio]), select, textarea, summary, [contenteditable]";
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
  const KEYS = {
    a: () => choose("approve"), d: () => choose("deny"), l: () => choose("later"),
    n: nextDocument, q: ask, j: () => go("next"), k: () => go("prev"),
  };

  document.addEventListener("keydown", event => {
    if (root.dataset.keys === "off" || event.defaultPrevented) return;
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest(TYPING)) return;
    const act = KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
})();
