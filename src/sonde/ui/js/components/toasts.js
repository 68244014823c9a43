// Short messages in a corner that go by themselves.

import { html, signal } from "../lib/html.js";

const toasts = signal([]);
const SHOWN_MS = 2500;
let last = 0;

export function say(text, kind = "done") {
  const id = (last += 1);
  toasts.value = [...toasts.value, { id, text, kind }];
  setTimeout(() => { toasts.value = toasts.value.filter((each) => each.id !== id); }, SHOWN_MS);
}

export function Toasts() {
  return html`<div class="toasts" role="status">${toasts.value.map(({ id, text, kind }) => html`<div key=${id} class="toast ${kind}">${text}</div>`)}</div>`;
}
