// The groups of failures as a table.

import { ago, count, fullTime } from "../../lib/format.js";
import { classes, html, useRef } from "../../lib/html.js";
import { useSteadyOrder } from "../../lib/order.js";
import { go, href, param, route, setParams } from "../../lib/route.js";
import { timeRange } from "../../lib/time.js";
import { WiderRanges } from "../list_notices.js";
import { ComponentName, DataText } from "../name.js";
import { Empty } from "../notices.js";
import { useRowKeys } from "../row_keys.js";
import { SortHead, sorting } from "../sort_head.js";
import { Sparkline } from "../sparkline.js";
import { GroupName } from "./group_name.js";
import { SampleLink } from "./sample_link.js";

const COLUMNS = [
  { name: "Error", sort: "type", of: (group) => `${group.exceptionType} ${group.message}`, ascending: true },
  { name: "Over time" },
  { name: "Count", sort: "count", of: (group) => group.count, number: true },
  { name: "Traces", sort: "traces", of: (group) => group.traceCount, number: true },
  { name: "First seen", sort: "first", of: (group) => group.firstSeen, number: true },
  { name: "Last seen", sort: "last", of: (group) => group.lastSeen, number: true },
  { name: "Trace", isSilent: true },
];

export function GroupList({ groups, opened, question, isStale, more, q }) {
  const sorted = sorting(param("sort"), COLUMNS, "-last");
  const rows = useSteadyOrder(groups, { key: (group) => group.fingerprint, compare: sorted.compare, question: `${question} ${sorted.value}`, isStale, newFirst: sorted.value === "-last" });
  const body = useRef(null);
  useRowKeys(body, "group");
  if (rows.length === 0) return html`<${NothingFailed} q=${q} />`;
  return html`<section class="group-list" aria-label="Groups of failures">
    <div class="table-box"><table>
      <${SortHead} columns=${COLUMNS} sorted=${sorted} onSort=${(sort) => setParams({ sort }, { replace: true })} />
      <tbody ref=${body}>${rows.map((group) => html`<${Row} key=${group.fingerprint} group=${group} isOpen=${group.fingerprint === opened} isSwitch=${opened !== ""} />`)}</tbody>
    </table></div>
    ${more && html`<button type="button" class="more-groups" onClick=${more}>More groups</button>`}
  </section>`;
}

function Row({ group, isOpen, isSwitch }) {
  const target = href(route.value.path, { ...Object.fromEntries(route.value.params), group: isOpen ? "" : group.fingerprint });
  // From one group to the next is looking around: going back leaves them all.
  const onClick = (event) => {
    if (!isSwitch || isOpen || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go(target, { replace: true });
  };
  return html`<tr class=${classes(isOpen && "current")}>
    <td class="main-cell"><a class="row-link" href=${target} aria-expanded=${String(isOpen)} onClick=${onClick}>
      <${GroupName} group=${group} />
      <span class="where"><${ComponentName} name=${group.component || group.service} /><${DataText} text=${group.operation} /></span></a></td>
    <td class="spark-cell"><${Sparkline} values=${group.series.counts} kind="bars" tone="error" title="How often over time" width=${90} /></td>
    <td class="number"><b>${count(group.count)}</b></td>
    <td class="number">${count(group.traceCount)}</td>
    <td class="number muted first-cell" title=${fullTime(group.firstSeen)}>${ago(group.firstSeen)}</td>
    <td class="number last-cell" title=${fullTime(group.lastSeen)}>${ago(group.lastSeen)}</td>
    <td><${SampleLink} group=${group} /></td>
  </tr>`;
}

function NothingFailed({ q }) {
  return html`<${Empty} title=${q ? "No failure matches." : "Nothing failed in this time."}>
    <p class="muted">Failures are spans with the status error, and exceptions in spans and logs.</p>
    <div class="ways-out">${q && html`<button type="button" onClick=${() => setParams({ q: "" })}>Without the search</button>`}<${WiderRanges} range=${timeRange()} /></div>
  <//>`;
}
