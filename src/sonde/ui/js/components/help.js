// The help dialog: keys and the search syntax.

import { h } from "../lib/dom.js";
import { onKey } from "../lib/keys.js";

const KEYS = [
  ["/", "to the search box"],
  ["j  k", "down and up the list or the tree"],
  ["Enter", "open what is marked"],
  ["←  →", "close and open a branch of the tree"],
  ["Esc", "close the panel, then back to the list"],
  ["r", "load again"],
];

const SEARCHES = [
  ["service:checkout", "spans of a service"],
  ["status:error duration:>200ms", "both must hold"],
  ["user.id:42 OR user.id:43", "any attribute by its name"],
  ["NOT name:GET*", "without, with a wildcard"],
  ["http.route:\"/cart\"", "exactly this text"],
  ["has:exception", "where it exists"],
  ["/time.?out/", "a regular expression"],
  ["\"card declined\"", "free text"],
];

export function wireHelp(button) {
  const dialog = h("dialog", { "aria-labelledby": "help-title" },
    h("h2", { id: "help-title" }, "Keys"),
    list(KEYS, "kbd"),
    h("h2", {}, "Search"),
    list(SEARCHES, "code"),
    h("form", { method: "dialog" }, h("button", {}, "Close")));
  document.body.append(dialog);
  const open = () => dialog.showModal();
  button.addEventListener("click", open);
  onKey("?", open);
}

function list(rows, tag) {
  return h("dl", {}, rows.map(([term, meaning]) => [h("dt", {}, h(tag, {}, term)), h("dd", {}, meaning)]).flat());
}
