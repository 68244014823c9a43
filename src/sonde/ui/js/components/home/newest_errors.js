// The failures that came last, grouped.

import { ago, count, fullTime } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { hrefHere } from "../../lib/route.js";
import { GroupName } from "../errors/group_name.js";
import { SampleLink } from "../errors/sample_link.js";
import { ComponentName, DataText } from "../name.js";
import { Sparkline } from "../sparkline.js";
import { Card } from "../card.js";

const SHOWN = 8;

export function NewestErrors({ groups }) {
  return html`<${Card} title="Newest errors" all=${hrefHere("/errors")}>
    ${groups.length === 0
      ? html`<p class="muted calm">Nothing failed in this time.</p>`
      : html`<ul class="card-rows">${groups.slice(0, SHOWN).map((group) => html`<li key=${group.fingerprint} class="card-row">
        <a class="what two-lines row-link" href=${hrefHere("/errors", { group: group.fingerprint })}>
          <${GroupName} group=${group} />
          <span class="where"><${ComponentName} name=${group.component || group.service} /><${DataText} text=${group.operation} /></span></a>
        <${Sparkline} values=${group.series.counts} kind="bars" tone="error" title="How often over time" width=${64} />
        <span class="nowrap number-line"><b>${count(group.count)}×</b> <span class="muted" title=${fullTime(group.lastSeen)}>${ago(group.lastSeen)}</span></span>
        <${SampleLink} group=${group} /></li>`)}</ul>`}
  <//>`;
}
