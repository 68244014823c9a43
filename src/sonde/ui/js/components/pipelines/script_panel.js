// One script of an execution: how it ended and why, what it changed, what it was given and what it left.

import { duration } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { traceHref } from "../../lib/links.js";
import { Icon } from "../icons.js";
import { Value } from "../span/value.js";
import { Changes } from "./changes.js";
import { PipelineStatus } from "./execution_row.js";

export function ScriptPanel({ traceId, script, onClose }) {
  const { name, status, statusMessage, changes } = script;
  return html`<aside class="script-panel panel-box" aria-label="Script">
    <header><h2><bdi><${Value} text=${name || "(no name)"} first=${120} lines=${2} /></bdi></h2>
      <button type="button" class="plain icon-button" aria-label="Close the script" title="Close (Escape)" onClick=${onClose}><${Icon} name="close" size=${14} /></button></header>
    <p class="script-facts"><${PipelineStatus} status=${status} /> <b>${script.isOpen ? "running" : duration(script.durationNs)}</b>
      <span class="muted">layer ${script.layerIndex}, place ${script.parallelIndex}, from ${duration(script.startNs)}</span>
      ${script.scriptId && html`<span class="muted">id <bdi>${script.scriptId.slice(0, 100)}</bdi></span>`}
      <a href=${traceHref(traceId, { span: script.spanId })}>Its span in the trace</a></p>
    ${statusMessage && html`<p class="script-message ${status}"><${Value} text=${statusMessage} /></p>`}
    <h3>What it changed</h3>
    ${changes.length > 0 ? html`<${Changes} changes=${changes} label="What the script changed" />` : html`<p class="muted">${status === "skipped" ? "Nothing: it did not run." : "Nothing that the layers before had not left already."}</p>`}
    <${Data} title="What it was given" value=${script.input} />
    <${Data} title="Output" value=${script.output} />
  </aside>`;
}

// A value laid out as JSON.
export function Data({ title, value }) {
  return html`<h3>${title}</h3>
    ${value === null ? html`<p class="muted">It does not say.</p>`
      : html`<div class="pipeline-data"><${Value} text=${typeof value === "string" ? value : JSON.stringify(value)} json=${typeof value !== "string"} first=${3000} lines=${40} /></div>`}`;
}
