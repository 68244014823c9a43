// One trace: its head, and its spans as waterfall, flame graph or table; a span beside them.

import { PageHead } from "../components/page_head.js";
import { Empty, Problem, Skeleton } from "../components/notices.js";
import { SpanPanel } from "../components/span/panel.js";
import { FindBox, useMatches } from "../components/trace/find_box.js";
import { Flame } from "../components/trace/flame.js";
import { useFollowedOverview } from "../components/trace/followed_overview.js";
import { Minimap } from "../components/trace/minimap.js";
import { Operations } from "../components/trace/operations.js";
import { useTimeWindow } from "../components/trace/time_window.js";
import { ViewTabs, WaterfallTools, currentView } from "../components/trace/toolbar.js";
import { TraceFacts, TraceLinks } from "../components/trace/trace_head.js";
import { useTree } from "../components/trace/tree.js";
import { useTreeKeys } from "../components/trace/tree_keys.js";
import { Waterfall } from "../components/trace/waterfall.js";
import { cut } from "../components/trace/waterfall_row.js";
import { command } from "../lib/command.js";
import { classes, html, useEffect, useState } from "../lib/html.js";
import { hrefHere, param, setParams } from "../lib/route.js";

// As in css/trace.css.
const NARROW = "(max-width: 900px)";

export function Trace({ parts }) {
  const traceId = parts[1].toLowerCase();
  const { overview, error, reload } = useFollowedOverview(traceId);
  // Rows are asked for beside the overview, not after it.
  const shown = useTimeWindow(overview?.durationNs ?? 0);
  const tree = useTree(traceId, overview, shown);
  if (!overview) return html`<${Unknown} traceId=${traceId} error=${error} reload=${reload} />`;
  return html`<${Known} traceId=${traceId} overview=${overview} shown=${shown} tree=${tree} />`;
}

function Unknown({ traceId, error, reload }) {
  const title = `Trace ${traceId.slice(0, 8)}`;
  return html`<${PageHead} title=${title} timed=${false} />
    ${error?.status === 404
      ? html`<${Empty} title=${error.message}><p>If its program runs now, its spans may still be on their way: this page shows them when they arrive.</p><p><a href=${hrefHere("/traces")}>All traces</a></p><//>`
      : error ? html`<${Problem} error=${error} retry=${reload} />` : html`<${Skeleton} rows=${18} height=${24} />`}`;
}

function Known({ traceId, overview, shown, tree }) {
  const view = currentView();
  const spanId = param("span");
  const find = useMatches(traceId, overview.version);
  const [walked, setWalked] = useState({ q: "", spanId: "" });
  const found = walked.q === find.q ? walked.spanId : "";
  const at = found ? find.matches.findIndex((each) => each.spanId === found) : -1;

  // From the match gone to, else from the current span, to the next in the order of the tree.
  async function walk(step) {
    if (find.matches.length === 0) return;
    const { length } = find.matches;
    const place = tree.cursor.spanId && tree.cursor.spanId !== found ? tree.cursor.index ?? -1 : find.matches[at]?.index ?? -1;
    const next = step > 0 ? find.matches.findIndex((each) => each.index > place) : find.matches.findLastIndex((each) => each.index < place);
    const match = find.matches[next >= 0 ? next : step > 0 ? 0 : length - 1];
    setWalked({ q: find.q, spanId: match.spanId });
    if (view !== "waterfall") setParams({ view: "" }, { replace: true });
    await tree.toSpan(match.spanId);
  }

  // Where the panel is below the rows, both are brought into view.
  useEffect(() => {
    if (spanId && matchMedia(NARROW).matches) document.getElementById("trace-view").scrollIntoView({ block: "start" });
  }, [Boolean(spanId)]);

  useTreeKeys(tree, shown, view === "waterfall");
  const choose = (id) => setParams({ span: id, log: "", view: "" }, { replace: true });
  const close = () => {
    setParams({ span: "", log: "" }, { replace: true });
    tree.handle.current.box?.focus({ preventScroll: true });
  };
  const path = `traces/${traceId}`;
  const title = overview.rootOperation || "(no name)";
  return html`<div class=${classes("trace-page", spanId && "has-panel")}>
    <${PageHead} title=${html`<span class="trace-title"><bdi class="cut">${cut(title)}</bdi> <bdi class="muted cut">${cut(overview.rootService)}</bdi></span>`} tab=${cut(title).slice(0, 60)} timed=${false} data=${[
      { name: "The trace at a glance", path: `${path}/overview`, command: command("trace", traceId) },
      { name: "Its rows, a page at a time", path: `${path}/tree` },
      { name: "As OTLP JSON", path: `${path}/otlp`, command: command("trace", traceId, { "--otlp": true }) },
      ...(view === "waterfall" ? [] : [{ name: view === "flame" ? "Flame graph" : "Operations", path: `${path}/${view}` }]),
    ]}><${TraceLinks} traceId=${traceId} overview=${overview} /><//>
    <${TraceFacts} overview=${overview} />
    ${overview.missingRoot && html`<p class="trace-note warning-text">The root of this trace is missing: it has not arrived, or was not kept. What is known hangs below “parent missing”.</p>`}
    ${overview.truncated && html`<p class="trace-note warning-text">This trace has more spans than are read at once; only the first of them are shown.</p>`}
    <div class="trace-tools"><${ViewTabs} /><${FindBox} find=${find} at=${at} walk=${walk} />
      ${view === "waterfall" && html`<${WaterfallTools} overview=${overview} tree=${tree} window=${shown} />`}</div>
    <div class="trace-body">
      <section id="trace-view" class="trace-view" role="tabpanel" aria-labelledby=${`tab-${view}`}>
        ${view === "flame" ? html`<${Flame} traceId=${traceId} version=${overview.version} onSpan=${choose} />`
          : view === "operations" ? html`<${Operations} traceId=${traceId} version=${overview.version} onSpan=${choose} />`
          : html`<${Minimap} overview=${overview} window=${shown} inView=${tree.inView} onRows=${(share) => tree.toShare(share)} />
            <${Waterfall} traceId=${traceId} overview=${overview} rows=${tree.rows} tree=${tree} window=${shown} matches=${find.ids} found=${found} />`}
      </section>
      ${spanId && html`<${SpanPanel} traceId=${traceId} spanId=${spanId} overview=${overview} onClose=${close} onChoose=${choose} />`}
    </div>
  </div>`;
}
