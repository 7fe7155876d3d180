// What every page does: the keyboard, dialogs, the choice of jobs, and which time zone the reader is in.
"use strict";

(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];

  // The time zone, for the server to write times in.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  const held = document.cookie.split("; ").find((each) => each.startsWith("sluice_zone="));
  if (held !== `sluice_zone=${zone}`) {
    document.cookie = `sluice_zone=${zone}; path=${document.body.dataset.zoneCookie}; max-age=31536000; SameSite=Lax`;
    document.addEventListener("DOMContentLoaded", () => setTimeout(() => window.sluiceRefresh?.(), 0));
  }

  // Dialogs.
  const open = (name, subject = "") => {
    const dialog = document.getElementById(name);
    dialog.querySelectorAll("[data-subject]").forEach((each) => {
      if (each.matches("input")) each.value = subject;
      else each.textContent = subject;
    });
    dialog.querySelectorAll("[data-version-of]").forEach((field) => {
      field.value = document.getElementById(field.dataset.versionOf).dataset.version;
    });
    dialog.querySelectorAll("input[disabled]").forEach((field) => { field.disabled = false; });
    count();
    dialog.showModal();
  };
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) open(opener.dataset.opens, opener.dataset.subject);
    if (event.target.closest("[data-closes]")) event.target.closest("dialog").close();
    const menu = document.getElementById("menu");
    if (menu?.open && !menu.contains(event.target)) menu.open = false;
  });
  all("dialog").forEach((dialog) => dialog.addEventListener("close", () => {
    dialog.querySelectorAll('input[form="selection"]').forEach((field) => { field.disabled = true; });
  }));

  // The choice of jobs.
  const count = () => {
    const picks = all("[data-pick]");
    const chosen = picks.filter((pick) => pick.checked).length;
    all("[data-chosen]").forEach((each) => { each.textContent = each.dataset.text.replace("{n}", chosen); });
    all("[data-needs-choice]").forEach((each) => { each.disabled = !chosen; });
    const whole = document.querySelector("[data-pick-all]");
    if (whole) {
      whole.checked = chosen > 0 && chosen === picks.length;
      whole.indeterminate = chosen > 0 && chosen < picks.length;
    }
  };
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-pick-all]")) all("[data-pick]").forEach((pick) => { pick.checked = event.target.checked; });
    count();
  });
  document.addEventListener("htmx:after:swap", count);
  document.addEventListener("DOMContentLoaded", count);
  window.addEventListener("pageshow", count);

  // The keyboard.
  const step = (by) => {
    const links = all("[data-row] a.name");
    const row = document.activeElement.closest?.("[data-row]");
    const at = row ? links.indexOf(row.querySelector("a.name")) : by > 0 ? -1 : links.length;
    links[Math.min(Math.max(at + by, 0), links.length - 1)]?.focus();
  };
  const keys = {
    "/": () => {
      const field = document.querySelector("[data-search]");
      if (field) field.focus();
      else document.querySelector('nav a[href$="/jobs"]')?.focus();
    },
    r: () => window.sluiceRefresh?.() ?? location.reload(),
    j: () => step(1),
    k: () => step(-1),
    "?": () => document.getElementById("keys") && open("keys"),
  };
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (!Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    keys[event.key]();
  });
})();
