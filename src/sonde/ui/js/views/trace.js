// One trace: its tree over time, the chosen span, its logs.

import { logsSection } from "../components/logs.js";
import { problem } from "../components/notices.js";
import { spanPanel } from "../components/span_panel.js";
import { waterfall } from "../components/waterfall.js";
import { get } from "../lib/api.js";
import { h } from "../lib/dom.js";
import { clock, count, duration } from "../lib/format.js";
import { onKey } from "../lib/keys.js";
import { backHref, replace, traceHref } from "../lib/route.js";

const MOST_LOGS = 1000;
const AROUND_MS = 3_600_000;

export function trace(root, route) {
  const { traceId } = route;
  let calls = new AbortController();
  let chosen = route.params.get("span");
  let shown = null;

  async function load() {
    calls.abort();
    calls = new AbortController();
    document.title = `Trace ${traceId.slice(0, 8)} · Sonde`;
    if (!shown) root.replaceChildren(h("p", { class: "muted", role: "status" }, "Loading the trace …"));
    try {
      const found = await get(`traces/${encodeURIComponent(traceId)}`, {}, calls.signal);
      const logs = await get("logs", { traceId, ...around(found), limit: MOST_LOGS }, calls.signal);
      draw(found, logs);
    } catch (error) {
      if (error.name !== "AbortError") root.replaceChildren(problem(error, load));
    }
  }

  function draw(found, { logs, nextCursor }) {
    shown?.tree.leave();
    const ordered = [...logs].sort((a, b) => (BigInt(a.unixNs) < BigInt(b.unixNs) ? -1 : 1));
    const tree = waterfall(found, (span) => choose(span.spanId));
    const lines = logsSection(ordered, found, Boolean(nextCursor), choose);
    const body = h("div", { class: "trace-body" }, h("div", { class: "trace-main" }, tree.element, lines.element));
    shown = { found, logs: ordered, tree, lines, body, panel: null };
    root.replaceChildren(traceHead(found), body);
    choose(chosen);
  }

  function choose(spanId) {
    chosen = spanId;
    const span = shown.found.spans.find((each) => each.spanId === spanId);
    shown.panel?.remove();
    shown.body.classList.toggle("with-panel", Boolean(span));
    shown.panel = span ? spanPanel(span, shown.found, shown.logs, () => choose(null)) : null;
    if (shown.panel) shown.body.append(shown.panel);
    shown.tree.mark(span ? spanId : null);
    shown.lines.mark(span ? spanId : null);
    replace(traceHref(traceId, { span: span ? spanId : "" }));
  }

  function back() {
    if (shown && chosen) choose(null);
    else location.hash = backHref();
  }

  const forget = [onKey("r", load), onKey("Escape", back)];
  load();
  return {
    update(next) {
      chosen = next.params.get("span");
      if (shown) choose(chosen);
    },
    leave() {
      calls.abort();
      shown?.tree.leave();
      forget.forEach((undo) => undo());
    },
  };
}

function traceHead(found) {
  const root = found.missingRoot ? null : found.spans.find((span) => span.depth === 0);
  return h("header", { class: "trace-head" },
    h("a", { href: backHref() }, "← Traces"),
    h("h1", {}, root ? `${root.service}: ${root.operation || "(no name)"}` : "Trace without its root"),
    h("div", { class: "facts" },
      h("span", { title: found.startedAt }, clock(found.startedAt)),
      h("span", {}, h("b", {}, duration(found.durationNs))),
      h("span", {}, `${count(found.spanCount)} spans`),
      found.errorCount > 0 && h("span", { class: "error-text" }, `${count(found.errorCount)} errors`),
      h("span", {}, found.services.join(", ")),
      h("code", {}, found.traceId)),
    found.missingRoot && h("p", { class: "notice" }, "The root span has not arrived: it may be late, still running or dropped by its sender."),
    found.truncated && h("p", { class: "notice" }, `Only the first ${count(found.spans.length)} of ${count(found.spanCount)} spans are shown.`));
}

// Clocks of hosts differ, so logs are looked for an hour before and after.
function around(found) {
  const start = Date.parse(found.startedAt);
  const iso = (ms) => new Date(ms).toISOString();
  return { since: iso(start - AROUND_MS), until: iso(start + found.durationNs / 1e6 + AROUND_MS) };
}
