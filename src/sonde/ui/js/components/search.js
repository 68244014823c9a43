// The search box: the API's syntax, the time range, and under it where a search does not parse.

import { h } from "../lib/dom.js";
import { onKey } from "../lib/keys.js";

export const RANGES = { "15m": "15 minutes", "1h": "hour", "6h": "6 hours", "24h": "24 hours", "7d": "7 days", "30d": "30 days" };
export const DEFAULT_RANGE = "1h";

// `submit({ q, since, live })` is called when one of them changes.
export function searchBox(submit) {
  const input = h("input", {
    type: "search", name: "q", "aria-label": "Search traces", autocomplete: "off", spellcheck: "false",
    autocapitalize: "off", placeholder: "service:checkout status:error duration:>200ms", "aria-describedby": "search-error",
  });
  const range = h("select", { name: "since", "aria-label": "Time range" },
    Object.entries(RANGES).map(([value, words]) => h("option", { value }, `Last ${words}`)));
  const live = h("input", { type: "checkbox", name: "live" });
  const error = h("div", { id: "search-error", "aria-live": "polite" });

  const send = () => submit({ q: input.value.trim(), since: range.value, live: live.checked });
  const form = h("form", { role: "search" }, input, range,
    h("label", { class: "live", title: "Look for new traces every two seconds" }, live, "Live"),
    h("button", {}, "Search"));
  form.addEventListener("submit", (event) => { event.preventDefault(); send(); });
  range.addEventListener("change", send);
  live.addEventListener("change", send);
  const forget = onKey("/", () => { input.focus(); input.select(); });

  return {
    element: h("section", { class: "search" }, form, error),
    show({ q, since, live: on }) {
      if (document.activeElement !== input) input.value = q;
      range.value = since;
      live.checked = on;
    },
    showError(problem, q) {
      input.toggleAttribute("aria-invalid", false);
      error.replaceChildren();
      if (!problem) return;
      input.setAttribute("aria-invalid", "true");
      error.append(syntaxError(problem, q));
    },
    leave: forget,
  };
}

function syntaxError(problem, q) {
  const before = [...q].slice(0, problem.position).length;
  return h("div", { class: "search-error" },
    problem.position !== undefined && h("pre", {}, `${q}\n${" ".repeat(before)}`, h("span", { class: "caret" }, "^")),
    h("div", {}, problem.message),
    problem.hint && h("div", { class: "muted" }, problem.hint));
}
