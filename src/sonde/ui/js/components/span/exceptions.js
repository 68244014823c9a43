// Exceptions of a span: type, message, and the stack trace folded to the user's own frames.

import { count, counted, duration, nsBetween } from "../../lib/format.js";
import { html, useMemo, useState } from "../../lib/html.js";
import { codeHref, serverCodeUrl } from "../../lib/links.js";
import { codeUrl } from "../../lib/prefs.js";
import { CodeSetting } from "./code_link.js";
import { readStack, runs } from "./stack.js";
import { Capped, CopyButton, Value } from "./value.js";

// [{ type, message, stack, ns }] of the events and attributes of a span; `ns` from its start, null where not known.
export function exceptionsOf(span) {
  const found = span.events
    .filter((event) => event.name === "exception" || event.attributes["exception.type"] || event.attributes["exception.stacktrace"])
    .map((event) => ({ ...exceptionOf(event.attributes), ns: nsBetween(span.startUnixNs, event.unixNs) }));
  const own = exceptionOf(span.attributes);
  const isTold = found.some((each) => each.type === own.type && each.message === own.message);
  return (own.type || own.message || own.stack) && !isTold ? [{ ...own, ns: null }, ...found] : found;
}

export function exceptionOf(attributes) {
  return { type: attributes["exception.type"] ?? "", message: attributes["exception.message"] ?? "", stack: attributes["exception.stacktrace"] ?? attributes["code.stacktrace"] ?? "" };
}

export function Exceptions({ exceptions }) {
  return html`<${Capped} items=${exceptions} first=${5} step=${20} what="exceptions" inList=${false} row=${(each, index) => html`<${ExceptionCard} key=${index} exception=${each} />`} />`;
}

export function ExceptionCard({ exception: { type, message, stack, ns } }) {
  return html`<article class="span-exception" aria-label=${`Exception ${type.slice(0, 100)}`}>
    <div class="exception-head"><b class="error-text"><bdi>${type.slice(0, 300) || "Exception"}</bdi></b>${ns !== null && html` <span class="muted">at +${duration(ns)}</span>`}</div>
    ${message && html`<p class="exception-message"><${Value} text=${message} first=${600} /></p>`}
    ${stack && html`<${Stack} text=${stack} title=${`${type}: ${message}`} />`}
  </article>`;
}

// A stack trace. `title`: what stands above it already, and need not stand twice.
export function Stack({ text, title = "" }) {
  const blocks = useMemo(() => readStack(text), [text]);
  const [isWhole, setWhole] = useState(false);
  const [isText, setText] = useState(false);
  const foreign = blocks?.flatMap((each) => runs(each.frames)).filter((run) => run.isForeign).reduce((sum, run) => sum + run.frames.length, 0) ?? 0;
  const hasLinks = Boolean(codeUrl.value || serverCodeUrl.value);
  return html`<div class="stack-trace">
    <div class="stack-tools">
      ${foreign > 0 && !isText && html`<button type="button" class="small" aria-pressed=${String(isWhole)} onClick=${() => setWhole(!isWhole)}>${isWhole ? "Only own frames" : `Show all frames (${count(foreign)} folded)`}</button>`}
      ${blocks && html`<button type="button" class="plain small" aria-pressed=${String(isText)} onClick=${() => setText(!isText)}>As text</button>`}
      <${CopyButton} text=${text} label="Copy the stack trace" said="Stack trace copied" />
      ${blocks && !hasLinks && html`<${CodeSetting} />`}
    </div>
    ${!blocks || isText ? html`<${Value} text=${text} name="stack-text" first=${4000} lines=${40} />` : blocks.map((each, index) => html`<${Block} key=${index} block=${each} isWhole=${isWhole} isAlone=${blocks.length === 1} above=${title} />`)}
  </div>`;
}

function Block({ block, isWhole, isAlone, above }) {
  const parts = isWhole ? [{ isForeign: false, frames: block.frames, libraries: [] }] : runs(block.frames);
  const says = block.title && !(isAlone && (above.includes(block.title) || block.title.includes(above)));
  return html`<div class="stack-block">
    ${block.relation && html`<p class="stack-relation muted">${block.relation.slice(0, 300)}</p>`}
    ${says && html`<p class="stack-title"><${Value} text=${block.title} lines=${4} /></p>`}
    ${block.notes.length > 0 && html`<p class="muted"><${Value} text=${block.notes.join("\n")} lines=${4} /></p>`}
    <${Capped} items=${parts} first=${80} what="parts" inList=${false} key=${String(isWhole)} row=${(run, index) => html`<${Run} key=${index} run=${run} />`} />
  </div>`;
}

function Run({ run }) {
  const [isOpen, setOpen] = useState(!run.isForeign);
  if (!isOpen) {
    const named = run.libraries.slice(0, 4).map((each) => each.slice(0, 60)).join(", ");
    return html`<button type="button" class="plain small frames-folded" onClick=${() => setOpen(true)}>${counted(run.frames.length, "frame")} of <bdi>${named}${run.libraries.length > 4 ? " …" : ""}</bdi></button>`;
  }
  return html`<ol class="stack-frames"><${Capped} items=${run.frames} first=${60} what="frames" row=${(frame, index) => html`<${Frame} key=${index} frame=${frame} />`} /></ol>`;
}

function Frame({ frame }) {
  if (!frame.path) return html`<li class="stack-frame library"><bdi>${frame.isNote ? frame.text : frame.call || frame.text}</bdi></li>`;
  const href = codeHref({ "code.file.path": frame.path, "code.line.number": frame.line || "1" });
  const place = html`<bdi>${frame.path}</bdi>${frame.line && html`:<b>${frame.line}</b>`}`;
  return html`<li class=${frame.library ? "stack-frame library" : "stack-frame"}>
    <span class="frame-place">${href ? html`<a href=${href}>${place}</a>` : place}${frame.call && html` <span class="muted">in</span> <bdi>${frame.call.slice(0, 300)}</bdi>`}</span>
    ${frame.source.length > 0 && html`<code>${frame.source.join("\n").slice(0, 2000)}</code>`}
  </li>`;
}
