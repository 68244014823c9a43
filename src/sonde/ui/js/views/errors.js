// Failures in groups: what fails, since when, how often, where; one group opened beside the list.

import { GroupList } from "../components/errors/group_list.js";
import { GroupPanel } from "../components/errors/group_panel.js";
import { Histogram } from "../components/histogram.js";
import { Problem, Skeleton } from "../components/notices.js";
import { PageHead } from "../components/page_head.js";
import { SearchBox } from "../components/search_box.js";
import { command, rangeOptions } from "../lib/command.js";
import { classes, html, useState } from "../lib/html.js";
import { useKeys } from "../lib/keys.js";
import { useQuery } from "../lib/query.js";
import { param, setParams } from "../lib/route.js";
import { bounds, setRange, timeRange } from "../lib/time.js";

const FIRST = 100;
const MOST = 1000;

export function Errors() {
  const q = param("q");
  const range = timeRange();
  const [limit, setLimit] = useState(FIRST);
  const asked = { q, ...range, limit };
  const failed = q ? `(${q}) status:error` : "status:error";
  const groups = useQuery("errors", asked);
  const counts = useQuery("counts", { q: failed, ...range });
  const fingerprint = param("group");
  const close = () => setParams({ group: "" });
  useKeys([{ keys: "Escape", does: "Close the group", run: () => (fingerprint ? close() : false) }]);
  const found = groups.data?.groups ?? [];
  const opened = found.find((each) => each.fingerprint === fingerprint);
  const isSyntax = groups.error?.code === "search_syntax";
  return html`
    <${PageHead} title="Errors" data=${[
      { name: "Groups of failures", path: "errors", params: asked, command: command("errors", q, rangeOptions(range)) },
      { name: "Failed spans", path: "spans", params: { q: failed, ...range }, command: command("query", failed, rangeOptions(range)) },
    ]} />
    <${SearchBox} signal="spans" q=${q} error=${groups.error} onSearch=${(text) => setParams({ q: text, group: "" })} placeholder='Narrow it down: service:checkout http.route:"/cart"' />
    ${!isSyntax && html`<div class="panel-box chart-box">
      <${Histogram} label="Failed spans over time; drag to choose a range" height=${72} range=${bounds()} stepMs=${counts.data?.stepMs ?? 60_000} onRange=${setRange}
        series=${[{ name: "failed", colour: "--error", points: counts.data?.series[0]?.points ?? [] }]} /></div>`}
    ${groups.error && !isSyntax && html`<${Problem} error=${groups.error} retry=${groups.reload} />`}
    ${!groups.data && !groups.error && html`<div class="table-box"><${Skeleton} rows=${8} height=${44} /></div>`}
    ${groups.data && html`<div class=${classes("error-groups", fingerprint && "with-group", groups.isStale && "stale")}>
      <${GroupList} groups=${found} opened=${fingerprint} question=${JSON.stringify([q, range])} isStale=${groups.isStale} q=${q}
        more=${groups.data.nextCursor && limit < MOST ? () => setLimit(MOST) : null} />
      ${fingerprint && html`<${GroupPanel} key=${fingerprint} group=${opened} onClose=${close} />`}
    </div>`}`;
}
