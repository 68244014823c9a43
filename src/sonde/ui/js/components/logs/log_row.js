// One log record in a table.

import { colourOf } from "../../lib/colours.js";
import { clock, fullTime, shortened } from "../../lib/format.js";
import { classes, html } from "../../lib/html.js";
import { memo } from "../../lib/memo.js";
import { route, href } from "../../lib/route.js";
import { valueOf } from "./columns.js";
import { Severity, toneOf } from "./severity.js";

const LINE = 400;
const WRAPPED = 4000;

// columns: names between component and body. isChosen: whether its details are shown. onChoose(log). extra: of a measured list.
export const LogRow = memo(({ log, id, columns, isWrapped, isCurrent, isFirst, isChosen, index, style, extra, onChoose }) => {
  const choose = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    // Who marks a text to copy it wants no details.
    if (event.detail && event.currentTarget.contains(getSelection().anchorNode) && !getSelection().isCollapsed) return;
    onChoose(log);
  };
  const most = isWrapped ? WRAPPED : LINE;
  return html`<div role="row" aria-rowindex=${index + 2} aria-selected=${String(Boolean(isChosen))} data-row=${id} style=${style} ...${extra} onClick=${choose}
    class=${classes("row log-row", toneOf(log.severityNumber), isWrapped && "wrapped", isCurrent && "current", isChosen && "chosen")}>
    <span role="cell" class="at nowrap"><a href=${addressOf(log)} tabindex=${isFirst ? "0" : "-1"} title=${fullTime(log.at)}>${clock(log.at)}</a></span>
    <span role="cell" class="level"><${Severity} log=${log} /></span>
    <span role="cell" class="from" title=${shortened(log.component || log.service, 200)}><i class="swatch" style=${{ background: colourOf(log.component || log.service) }}></i> <bdi>${shortened(log.component || log.service, 80)}</bdi></span>
    ${columns.map((column) => {
      const value = valueOf(log, column);
      return html`<span key=${column} role="cell" class="extra" title=${shortened(value)}><bdi>${shortened(value, 200)}</bdi></span>`;
    })}
    <span role="cell" class="body">${log.eventName && html`<bdi class="chip event">${shortened(log.eventName, 80)}</bdi> `}<bdi>${shortened(isWrapped ? log.body : log.body.trimStart(), most)}</bdi></span>
  </div>`;
});

function addressOf(log) {
  return href(route.value.path, { ...Object.fromEntries(route.value.params), log: log.id });
}
