// What data says against other data: a line a value, before and after beside each other.

import { shortened } from "../../lib/format.js";
import { classes, html } from "../../lib/html.js";
import { JsonText } from "../json_text.js";
import { Capped } from "../span/value.js";

const LONGEST = 400;
const SIGNS = { added: "+", changed: "~", removed: "−" };

// changes: of the API. by(change): the script that made it, if that is to be told.
export function Changes({ changes, by, label }) {
  return html`<ul class="data-changes" aria-label=${label}><${Capped} items=${changes} first=${60} step=${200} what="changes" row=${(change, index) => html`<${Change} key=${index} change=${change} by=${by?.(change)} />`} /></ul>`;
}

function Change({ change, by }) {
  const { kind } = change;
  return html`<li class=${classes("data-change", change.kind)}>
    <span class="change-sign" aria-hidden="true">${SIGNS[kind]}</span><span class="visually-hidden">${kind} </span>
    <code class="change-path" dir="ltr"><bdi>${shortened(change.path, 200) || "(all of it)"}</bdi></code>
    <span class="change-values">${kind !== "added" && html`<del><${Json} value=${change.before} /></del>`}${kind === "changed" && html` <span class="muted" aria-hidden="true">→</span> `}${kind !== "removed" && html`<ins><${Json} value=${change.after} /></ins>`}</span>
    ${by && html`<span class="muted change-by"><bdi>${shortened(by, 80)}</bdi></span>`}
  </li>`;
}

function Json({ value }) {
  const text = JSON.stringify(value);
  return html`<code dir="ltr" title=${text.length > LONGEST ? text.slice(0, 4000) : null}><${JsonText} text=${text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text} /></code>`;
}
