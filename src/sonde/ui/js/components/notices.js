// What is said instead of data: an error with its hint, a key that is missing, nothing found.

import { h } from "../lib/dom.js";
import { setKey } from "../lib/api.js";

export function problem(error, retry) {
  if (error.status === 401 || error.status === 403) return askForKey(error, retry);
  return h("div", { class: "notice problem", role: "alert" },
    h("p", {}, error.message || "Something went wrong."),
    error.hint && h("p", { class: "muted" }, error.hint),
    h("button", { type: "button", onclick: retry }, "Try again"));
}

function askForKey(error, retry) {
  const input = h("input", { type: "password", "aria-label": "Key", autocomplete: "off", required: true });
  const send = (event) => {
    event.preventDefault();
    setKey(input.value.trim());
    retry();
  };
  return h("div", { class: "notice", role: "alert" },
    h("p", {}, error.message),
    h("p", { class: "muted" }, error.hint || "Make one with `sonde keys create --scope read`. It is kept until this tab is closed."),
    h("form", { onsubmit: send }, input, h("button", {}, "Use this key")));
}

export function snippet(text) {
  const copy = async (event) => {
    await navigator.clipboard.writeText(text);
    event.target.textContent = "Copied";
  };
  return h("div", { class: "snippet" },
    h("pre", { tabindex: 0 }, text),
    navigator.clipboard && h("button", { type: "button", onclick: copy }, "Copy"));
}

export function skeletonRows(columns, rows = 5) {
  return Array.from({ length: rows }, () =>
    h("tr", { class: "skeleton", "aria-hidden": "true" }, Array.from({ length: columns }, () => h("td"))));
}
