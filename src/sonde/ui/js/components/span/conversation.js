// An AI call as a conversation: who said what, which tools were called, and what it took.

import { count, counted, dollars, duration } from "../../lib/format.js";
import { classes, html, useMemo, useState } from "../../lib/html.js";
import { looksLikeJson } from "../../lib/json.js";
import { sessionHref } from "../../lib/links.js";
import { Icon } from "../icons.js";
import { callOf, messagesOf, toolOf } from "./messages.js";
import { CopyButton, Value } from "./value.js";

const SHOWN = 30;

// events: of the span and its logs, { name, attributes, body }. costUsd: null where it is not known.
export function Conversation({ attributes, events, costUsd }) {
  const call = callOf(attributes);
  const messages = useMemo(() => {
    const found = messagesOf(attributes, events);
    return found.length > 0 ? found : toolOf(attributes);
  }, [attributes, events]);
  const [from, setFrom] = useState(Math.max(0, messages.length - SHOWN));
  const earlier = Math.min(from, messages.length);
  return html`<div class="conversation">
    <${Facts} call=${call} costUsd=${costUsd} />
    ${call.tools && html`<${Folded} what="Tools it may use" text=${call.tools} />`}
    ${messages.length === 0 && (call.input || call.output) && html`<p class="muted">What was said is not recorded. In Sonde's SDK, <code>SONDE_AI_CONTENT</code> switches it on.</p>`}
    ${earlier > 0 && html`<button type="button" class="plain small show-more" onClick=${() => setFrom(Math.max(0, earlier - 100))}>Show ${counted(Math.min(100, earlier), "earlier message")}${earlier > 100 ? ` of ${count(earlier)}` : ""}</button>`}
    ${messages.length > 0 && html`<ol class="ai-messages" start=${earlier + 1}>${messages.slice(earlier).map((message, index) => html`<${Message} key=${earlier + index} message=${message} />`)}</ol>`}
  </div>`;
}

function Facts({ call, costUsd }) {
  const facts = [
    ["Model", call.model], ["Asked for", call.asked !== call.model ? call.asked : ""], ["Provider", call.provider], ["Operation", call.operation], ["Agent", call.agent],
    ["Tokens in", number(call.input)], ["out", number(call.output)], ["cached", number(call.cached)], ["written to cache", number(call.written)], ["reasoning", number(call.reasoning)],
    ["Cost", costUsd === null ? "" : dollars(costUsd)], ["First token", seconds(call.firstTokenS)], ["Finish", call.finish], ["Temperature", call.temperature], ["At most", call.mostTokens && `${number(call.mostTokens)} tokens`],
  ].filter(([, value]) => value);
  return html`<p class="inline-facts">
    ${facts.map(([name, value]) => html`<span key=${name}><span class="muted">${name}</span> <bdi>${value.slice(0, 200)}</bdi></span>`)}
    ${call.conversation && call.conversation.length < 1000 && html`<a href=${sessionHref(call.conversation)}>Whole conversation</a>`}
  </p>`;
}

// One message; also on the page of a session.
export function Message({ message: { role, parts, finish, isAnswer } }) {
  const words = parts.filter((part) => part.kind === "text").map((part) => part.text).join("\n");
  return html`<li class=${classes("ai-message", isAnswer && "answer", ["system", "developer"].includes(role) && "system")}>
    <div class="message-head"><b><bdi>${role.slice(0, 60)}</bdi></b>${finish && html` <span class="muted">${finish.slice(0, 60)}</span>`}
      ${words && html`<${CopyButton} text=${words} label="Copy this message" said="Message copied" />`}</div>
    ${parts.length === 0 && html`<p class="muted">(no content)</p>`}
    ${parts.slice(0, 200).map((part, index) => html`<${Part} key=${index} part=${part} />`)}
    ${parts.length > 200 && html`<p class="muted">${count(parts.length - 200)} more parts; they are in the attributes.</p>`}
  </li>`;
}

function Part({ part: { kind, text, name = "", id = "" } }) {
  const named = name.slice(0, 100);
  if (kind === "text") return html`<p class="span-words" dir="auto"><${Value} text=${text} first=${2500} lines=${40} /></p>`;
  if (kind === "broken") return html`<p class="span-words"><span class="muted">Not valid JSON, shown as it is.</span> <${Value} text=${text} first=${1000} lines=${20} /></p>`;
  if (kind === "reasoning") return html`<${Folded} what="Reasoning" text=${text} />`;
  if (kind === "call") return html`<${Folded} what=${html`Calls <b>${named || "a tool"}</b>`} id=${id} text=${text} />`;
  if (kind === "result") return html`<${Folded} what=${html`Result${named ? html` of <b>${named}</b>` : ""}`} id=${id} text=${text} />`;
  return html`<${Folded} what=${kind === "media" ? `Media ${named}` : named || "JSON"} text=${text} />`;
}

function Folded({ what, text, id = "" }) {
  const [isOpen, setOpen] = useState(false);
  const brief = text.replace(/\s+/g, " ").slice(0, 120);
  return html`<div class="folded-part">
    <button type="button" class="folded-head" aria-expanded=${String(isOpen)} onClick=${() => setOpen(!isOpen)}><${Icon} name=${isOpen ? "down" : "chevron"} size=${12} /><span class="nowrap"><bdi>${what}</bdi></span>${!isOpen && html` <bdi class="muted cut">${brief}</bdi>`}${isOpen && id && html` <bdi class="muted cut">${id.slice(0, 100)}</bdi>`}</button>
    ${isOpen && html`<div class="folded-body"><${Value} text=${text} first=${3000} lines=${60} json=${looksLikeJson(text)} /> <${CopyButton} text=${text} label="Copy this part" /></div>`}
  </div>`;
}

function number(text) {
  return /^\d{1,15}$/.test(text) ? count(text) : text;
}

function seconds(text) {
  const value = Number(text);
  return text === "" || !Number.isFinite(value) ? text : duration(value * 1e9);
}
