// A link to what the server answers, in a new tab.

import { keyInUse, request } from "../lib/api.js";
import { html } from "../lib/html.js";
import { say } from "./toasts.js";

const KEPT_MS = 60_000;

export function ApiLink({ href, children }) {
  return html`<a href=${href} target="_blank" rel="noopener" onClick=${openWithKey} onAuxClick=${openWithKey}>${children}</a>`;
}

// A link cannot carry a key: with one, what the server answers is asked for here and shown there.
async function openWithKey(event) {
  if (!keyInUse() || event.button > 1) return;
  event.preventDefault();
  const { href } = event.currentTarget;
  // Before anything is waited for: later it would be taken for a pop-up.
  const tab = window.open("", "_blank");
  try {
    const address = URL.createObjectURL(await (await request(href)).blob());
    tab?.location.replace(address);
    setTimeout(() => URL.revokeObjectURL(address), KEPT_MS);
  } catch (error) {
    tab?.close();
    say(error.message, "problem");
  }
}
