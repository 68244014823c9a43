// What stands where data would: loading, nothing, a failure with what to do about it; and texts to copy.

import { keyWanted, setKey } from "../lib/api.js";
import { copy } from "../lib/clipboard.js";
import { html, useState } from "../lib/html.js";
import { refresh } from "../lib/refresh.js";
import { Icon } from "./icons.js";

// An error of the API: its message and hint.
export function Problem({ error, retry }) {
  // The page asks for a key above all.
  if (error.status === 401 && keyWanted.value) return null;
  return html`<div class="notice problem" role="alert">
    <p><b>${error.message}</b></p>
    ${error.hint && html`<p class="muted"><${Ticked} text=${error.hint} /></p>`}
    ${retry && error.status !== 401 && html`<button type="button" onClick=${retry}>Try again</button>`}
  </div>`;
}

// A sentence in which commands and names stand between backticks.
export function Ticked({ text }) {
  return text.split("`").map((part, at) => (at % 2 === 1 ? html`<code key=${at}>${part}</code>` : part));
}

// Nothing to show, and what to do next.
export function Empty({ title, children }) {
  return html`<div class="notice empty"><p><b>${title}</b></p>${children}</div>`;
}

// Grey lines in the shape of what is coming; drawn only after a tenth of a second, as most answers are quicker.
export function Skeleton({ rows = 8, height = 28 }) {
  return html`<div class="skeleton" role="status" aria-label="Loading">
    ${Array.from({ length: rows }, (_, row) => html`<div key=${row} class="skeleton-row" style=${{ height: `${height}px` }}><span style=${{ width: `${35 + ((row * 37) % 55)}%` }}></span></div>`)}
  </div>`;
}

// Asks for a key, once the server wants one.
export function KeyPrompt() {
  const [key, setTyped] = useState("");
  const [isKept, setKept] = useState(false);
  const wanted = keyWanted.value;
  if (!wanted) return null;
  const send = (event) => {
    event.preventDefault();
    setKey(key.trim(), isKept);
    refresh();
  };
  return html`<form class="notice key-prompt" onSubmit=${send}>
    <label><b>${wanted.message}</b><span class="muted"> <${Ticked} text=${wanted.hint ?? ""} /></span>
      <input type="password" autocomplete="off" value=${key} onInput=${(event) => setTyped(event.target.value)} placeholder="A key with the scope read" />
    </label>
    <label class="key-kept"><input type="checkbox" checked=${isKept} onChange=${(event) => setKept(event.target.checked)} /> Keep it in this browser, for all tabs</label>
    <button class="primary" disabled=${!key.trim()}>Use this key</button>
  </form>`;
}

// A text with a button that copies it.
export function Snippet({ text, label = "Copy" }) {
  return html`<div class="snippet"><pre tabindex="0">${text}</pre><button type="button" class="plain" aria-label=${label} title=${label} onClick=${() => copy(text)}><${Icon} name="copy" /></button></div>`;
}
