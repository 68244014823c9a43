// The help dialog: what can be pressed on this page, and how to search.

import { html, signal, useLayoutEffect, useRef } from "../lib/html.js";
import { shortcuts } from "../lib/keys.js";
import { ApiLink } from "./api_link.js";

export const helpIsOpen = signal(false);

const SYNTAX = [
  ["service:checkout", "a field or any attribute has this value"],
  ["status:error", "only what failed"],
  ["duration:>200ms", "numbers and durations compared"],
  ["http.route:\"/cart\"", "quote what has spaces or signs"],
  ["name:GET*", "begins with"],
  ["has:exception", "is there at all"],
  ["/time.?out/", "a regular expression anywhere"],
  ["\"free text\"", "a text anywhere"],
  ["a b · a OR b · NOT a · (…)", "and, or, not, together"],
];

const NAMES = { ArrowDown: "↓", ArrowUp: "↑", ArrowLeft: "←", ArrowRight: "→", Escape: "Esc", " ": "Space" };

export function Help() {
  const dialog = useRef(null);
  const title = useRef(null);
  useLayoutEffect(() => {
    if (helpIsOpen.value) {
      dialog.current.showModal();
      // Not the first link, which is at the end of what is to be read from its beginning.
      title.current.focus();
      dialog.current.scrollTop = 0;
    } else {
      dialog.current.close();
    }
  }, [helpIsOpen.value]);
  const seen = new Set();
  const keys = shortcuts.value.filter((each) => each.does && !seen.has(each.does) && seen.add(each.does));
  return html`<dialog ref=${dialog} class="help" aria-labelledby="help-title" onClose=${() => { helpIsOpen.value = false; }} onClick=${closeOutside}>
    <h2 ref=${title} id="help-title" tabindex="-1">Keys</h2>
    <dl>
      <dt><kbd>Ctrl</kbd> <kbd>K</kbd></dt><dd>Go to anything</dd>
      ${keys.map((each) => html`<dt key=${`${each.keys}`}>${each.keys.map((one) => one.split(" ").map((key) => html`<kbd>${NAMES[one === " " ? " " : key] ?? key}</kbd> `))}</dt><dd>${each.does}</dd>`)}
    </dl>
    <h2>Search</h2>
    <dl>${SYNTAX.map(([example, means]) => html`<dt key=${example}><code>${example}</code></dt><dd>${means}</dd>`)}</dl>
    <p><${ApiLink} href="api/v1/openapi.json">The API, described in OpenAPI<//></p>
    <form method="dialog"><button class="primary">Close</button></form>
  </dialog>`;
}

export function closeOutside(event) {
  if (event.target === event.currentTarget) event.currentTarget.close();
}
