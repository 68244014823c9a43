// A small list of a page, with its name and the way to all of it.

import { html } from "../lib/html.js";

export function Card({ title, note, all, allName = "All", children }) {
  return html`<section class="panel-box card" aria-label=${title}>
    <header class="card-head"><h2>${title}</h2>${note && html`<span class="muted">${note}</span>`}${all && html`<a class="all" href=${all} aria-label=${`${allName}: ${title}`}>${allName}</a>`}</header>
    ${children}
  </section>`;
}
