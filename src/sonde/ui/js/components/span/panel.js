// The panel of a span: its head, what it is about, and everything that is known of it.

import { colourOf } from "../../lib/colours.js";
import { copy } from "../../lib/clipboard.js";
import { count } from "../../lib/format.js";
import { html, useEffect, useMemo, useRef, useState } from "../../lib/html.js";
import { useKeys } from "../../lib/keys.js";
import { spanTab } from "../../lib/prefs.js";
import { useQuery } from "../../lib/query.js";
import { param, setParams } from "../../lib/route.js";
import { Icon } from "../icons.js";
import { Problem, Skeleton } from "../notices.js";
import { Attributes } from "./attributes.js";
import { Belongings, belongingsOf } from "./belongings.js";
import { Conversation } from "./conversation.js";
import { Events } from "./events.js";
import { Exceptions, exceptionsOf } from "./exceptions.js";
import { Head } from "./head.js";
import { callOf, isAi, messagesOf } from "./messages.js";
import { Database, Http, databaseOf, httpOf } from "./protocols.js";
import { SpanLinks } from "./span_links.js";
import { MOST_LOGS, SpanLogs } from "./span_logs.js";
import { Fold, Value } from "./value.js";

const TABS = ["details", "events", "logs", "links", "json"];

// overview: the answer of traces/{id}/overview, or null. onChoose(spanId): another span of the trace is wanted.
export function SpanPanel({ traceId, spanId, overview = null, onClose, onChoose }) {
  const answer = useQuery(`traces/${encodeURIComponent(traceId)}/spans/${encodeURIComponent(spanId)}`);
  const [filter, setFilter] = useState("");
  const box = useRef(null);
  const span = answer.data;
  const step = (by) => chooseTab(TABS[(TABS.indexOf(currentTab()) + by + TABS.length) % TABS.length]);
  useKeys([
    { keys: "Escape", does: "Close the span", run: () => onClose?.() },
    { keys: "]", does: "Next tab of the span", run: () => step(1) },
    { keys: "[", does: "Previous tab of the span", run: () => step(-1) },
  ]);
  useEffect(() => { if (box.current) box.current.scrollTop = 0; }, [span?.spanId]);
  useChange(overview && `${overview.traceId} ${overview.version} ${overview.logCount}`, answer.reload);
  const failed = answer.error && !span;
  return html`<aside class="span-panel" ref=${box} aria-label="Span" aria-busy=${String(answer.isStale)} tabindex="-1">
    <div class="span-top">
      ${span && !failed && html`<i class="swatch" style=${{ background: colourOf(span.component || span.service) }}></i><bdi class="cut" title=${span.service.slice(0, 300)}>${span.service.slice(0, 300)}</bdi>
        <button type="button" class="plain small" title=${`Copy the id ${span.spanId}`} aria-label="Copy the span id" onClick=${() => copy(span.spanId, "Span id copied")}><code>${span.spanId}</code></button>`}
      <button type="button" class="plain icon-button close" aria-label="Close the span" title="Close (Esc)" onClick=${() => onClose?.()}><${Icon} name="close" /></button>
    </div>
    ${failed ? html`<${Problem} error=${answer.error} retry=${answer.reload} />`
      : span ? html`<${Span} key=${`${span.traceId} ${span.spanId}`} span=${span} overview=${overview} filter=${filter} onFilter=${setFilter} onChoose=${onChoose} />`
        : html`<${Skeleton} rows=${14} height=${24} />`}
  </aside>`;
}

function Span({ span, overview, filter, onFilter, onChoose }) {
  const tab = currentTab();
  const hasAi = isAi(span.attributes);
  // Older instrumentations say in logs what the model was told.
  const saysInLogs = hasAi && span.logCount > 0 && messagesOf(span.attributes, span.events).length === 0;
  const logs = useQuery(tab === "logs" || saysInLogs ? "logs" : null, { traceId: span.traceId, spanId: span.spanId, limit: MOST_LOGS });
  useChange(span.logCount, logs.reload);
  const numbers = { details: null, events: span.events.length, logs: span.logCount, links: span.links.length + span.linkedFrom.length, json: null };
  const names = { details: "Details", events: "Events", logs: "Logs", links: "Links", json: "JSON" };
  return html`
    <${Head} span=${span} overview=${overview} onChoose=${onChoose} />
    <div class="tabs span-tabs" role="tablist" aria-label="Of this span" onKeyDown=${steer}>
      ${TABS.map((each) => html`<button type="button" key=${each} id=${`span-tab-${each}`} role="tab" aria-selected=${String(each === tab)} aria-controls="span-tab" tabindex=${each === tab ? "0" : "-1"} onClick=${() => chooseTab(each)}>${names[each]}${numbers[each] ? html` <span class="muted">${count(numbers[each])}</span>` : ""}</button>`)}
    </div>
    <div id="span-tab" class="span-body" role="tabpanel" aria-labelledby=${`span-tab-${tab}`} key=${tab}>
      ${tab === "details" && html`<${Details} span=${span} logs=${saysInLogs ? logs.data?.logs : null} hasAi=${hasAi} filter=${filter} onFilter=${onFilter} />`}
      ${tab === "events" && html`<${Events} span=${span} />`}
      ${tab === "logs" && html`<${SpanLogs} span=${span} answer=${logs} chosen=${param("log")} />`}
      ${tab === "links" && html`<${SpanLinks} span=${span} onChoose=${onChoose} />`}
      ${tab === "json" && html`<${Json} span=${span} />`}
    </div>`;
}

function Details({ span, logs, hasAi, filter, onFilter }) {
  const { attributes } = span;
  const exceptions = useMemo(() => exceptionsOf(span), [span]);
  const belongings = useMemo(() => belongingsOf(span), [span]);
  const told = useMemo(() => [...span.events, ...[...(logs ?? [])].reverse().map((log) => ({ ...log, name: log.eventName }))], [span, logs]);
  const http = httpOf(attributes);
  const database = databaseOf(attributes);
  const call = callOf(attributes);
  return html`
    ${exceptions.length > 0 && html`<${Fold} name="exceptions" title=${exceptions.length === 1 ? "Exception" : "Exceptions"} number=${exceptions.length > 1 ? exceptions.length : undefined}>${() => html`<${Exceptions} exceptions=${exceptions} />`}<//>`}
    ${http && html`<${Fold} name="request" title="Request">${() => html`<${Http} http=${http} />`}<//>`}
    ${database && html`<${Fold} name="statement" title="Statement">${() => html`<${Database} database=${database} />`}<//>`}
    ${hasAi && html`<${Fold} name="conversation" title=${call.operation === "execute_tool" ? "Tool" : "Conversation"}>${() => html`<${Conversation} key=${logs ? "logs" : "span"} attributes=${attributes} events=${told} costUsd=${span.costUsd} />`}<//>`}
    ${belongings.length > 0 && html`<${Fold} name="belongings" title="Part of">${() => html`<${Belongings} items=${belongings} />`}<//>`}
    <${Attributes} span=${span} filter=${filter} onFilter=${onFilter} />`;
}

function Json({ span }) {
  const text = useMemo(() => JSON.stringify(span, null, 2), [span]);
  return html`<div class="span-json">
    <div class="statement-tools"><button type="button" onClick=${() => copy(text, "JSON copied")}><${Icon} name="copy" size=${14} /> Copy</button></div>
    <${Value} text=${text} name="json-text" first=${20_000} lines=${400} />
  </div>`;
}

// Runs when a value is another than before: parts of a trace arrive after it is shown.
function useChange(value, run) {
  const before = useRef(value);
  useEffect(() => {
    if (before.current !== null && before.current !== value) run();
    before.current = value;
  }, [value]);
}

// A log record that was chosen in the trace is shown, whatever tab was open before.
function currentTab() {
  if (param("log")) return "logs";
  return TABS.includes(spanTab.value) ? spanTab.value : "details";
}

function chooseTab(tab) {
  spanTab.value = tab;
  if (param("log")) setParams({ log: "" }, { replace: true });
}

function steer(event) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const tabs = [...event.currentTarget.children];
  const next = tabs[(tabs.indexOf(event.target.closest("[role=tab]")) + step + tabs.length) % tabs.length];
  next.focus();
  next.click();
}
