// Attributes by subject: filtered as one types, copied, and searched for among all traces.

import { html } from "../../lib/html.js";
import { count } from "../../lib/format.js";
import { attributeTerm, term, tracesHref } from "../../lib/links.js";
import { Icon } from "../icons.js";
import { bySubject, matching } from "./subjects.js";
import { Capped, CopyButton, Fold, Value } from "./value.js";

// The search takes 4096 characters; longer values are found by a part of them.
const LONGEST_TERM = 2000;
// Shorter keys break after their dots, longer ones anywhere.
const LONGEST_KEY = 120;

// span: whose operation "exclude" keeps to. filter, onFilter: what is typed, kept by whoever shows this.
export function Attributes({ span, filter, onFilter }) {
  const all = Object.entries(span.attributes);
  const found = Object.fromEntries(matching(all, filter));
  const groups = bySubject(found);
  const resource = matching(Object.entries(span.resource), filter).sort(([one], [other]) => (one < other ? -1 : 1));
  const scope = matching(Object.entries(span.scope.attributes), filter);
  const onKeyDown = (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    if (filter) onFilter("");
    else event.target.blur();
  };
  return html`<div class="attributes">
    <div class="attributes-head">
      <h3>Attributes <span class="muted">${count(all.length)}</span></h3>
      <input type="search" class="filter" aria-label="Filter attributes" placeholder="Filter" autocomplete="off" spellcheck="false" value=${filter} onInput=${(event) => onFilter(event.target.value)} onKeyDown=${onKeyDown} />
    </div>
    ${all.length === 0 && html`<p class="muted">This span has no attributes.</p>`}
    ${all.length > 0 && filter && groups.length + resource.length + scope.length === 0 && html`<p class="muted">No attribute has “<bdi>${filter}</bdi>” in its key or value.</p>`}
    ${groups.map((group) => html`<${Fold} key=${group.id} name=${group.id} title=${group.name} number=${group.entries.length}>
      ${() => html`<${AttributeRows} entries=${group.entries} span=${span} key=${filter} />`}
    <//>`)}
    ${resource.length > 0 && html`<${Fold} key="resource" name="resource" title="Resource" number=${resource.length} isOpen=${false}>
      ${() => html`<${AttributeRows} entries=${resource} span=${span} kind="resource" key=${filter} />`}
    <//>`}
    ${(span.scope.name || scope.length > 0) && (!filter || scope.length > 0) && html`<${Fold} key="scope" name="scope" title=${html`<span>Scope <bdi class="muted">${span.scope.name.slice(0, 200)} ${span.scope.version.slice(0, 50)}</bdi></span>`} isOpen=${false}>
      ${() => html`<${AttributeRows} entries=${[["name", span.scope.name], ["version", span.scope.version]].filter(([, value]) => value && !filter)} />
        <${AttributeRows} entries=${scope} span=${span} kind="scope" key=${filter} />`}
    <//>`}
  </div>`;
}

// Rows of keys and values. With `span` each can be searched for; kind is where the search looks.
export function AttributeRows({ entries, span = null, kind = "attribute" }) {
  return html`<ul class="attribute-rows" onKeyDown=${steer}>
    <${Capped} items=${entries} first=${60} what="attributes" row=${([key, value]) => html`<${Row} key=${key} name=${key} value=${value} span=${span} kind=${kind} />`} />
  </ul>`;
}

function Row({ name, value, span, kind }) {
  const isShort = name.length + value.length <= LONGEST_TERM;
  const added = isShort ? attributeTerm(name, value, kind) : "";
  const within = span && span.operation.length <= LONGEST_TERM - 500 ? `${term("operation", span.operation)} ` : "";
  const label = name.slice(0, 80);
  return html`<li class="attribute">
    <span class="attribute-key">${name.length > LONGEST_KEY ? html`<${Value} text=${name} first=${LONGEST_KEY} lines=${2} />` : html`<bdi>${name.split(/(?<=[._/])/).flatMap((word, at) => (at > 0 ? [html`<wbr key=${at} />`, word] : [word]))}</bdi>`}</span>
    <span class="attribute-value"><${Value} text=${value} /></span>
    <span class="attribute-tools" role="toolbar" aria-label=${`Of ${label}`}>
      <${CopyButton} text=${value} label=${`Copy the value of ${label}`} said="Value copied" />
      ${added && html`<${CopyButton} text=${added} label=${`Copy ${label} as a search term`} said="Search term copied" icon="term" tabindex="-1" />`}
      ${added && span && html`<a class="icon-button" tabindex="-1" href=${tracesHref(added)} aria-label=${`Search traces with this ${label}`} title="Search traces with this value"><${Icon} name="search" size=${14} /></a>
        <a class="icon-button" tabindex="-1" href=${tracesHref(`${within}NOT ${added}`)} aria-label=${`Search traces without this ${label}`} title="Exclude: the same operation without this value"><${Icon} name="exclude" size=${14} /></a>`}
    </span>
  </li>`;
}


// One stop of the Tab key a row; the arrow keys go along its tools and to other rows.
function steer(event) {
  const tool = event.target.closest(".attribute-tools > *");
  if (!tool) return;
  const tools = [...tool.parentElement.children];
  const at = tools.indexOf(tool);
  let next = null;
  if (event.key === "ArrowRight") next = tools[(at + 1) % tools.length];
  else if (event.key === "ArrowLeft") next = tools[(at - 1 + tools.length) % tools.length];
  else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const rows = [...event.currentTarget.querySelectorAll(".attribute-tools")];
    next = rows[rows.indexOf(tool.parentElement) + (event.key === "ArrowDown" ? 1 : -1)]?.children[at];
  } else return;
  event.preventDefault();
  event.stopPropagation();
  next?.focus();
}
