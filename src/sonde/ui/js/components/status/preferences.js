// What this browser prefers: theme, time zone, how code is opened, what is remembered.

import { forgetKey, keyInUse } from "../../lib/api.js";
import { html, useState } from "../../lib/html.js";
import { codeHref, serverCodeUrl } from "../../lib/links.js";
import { codeUrl, recentSearches, theme, timeZone } from "../../lib/prefs.js";
import { Card } from "../card.js";
import { READY, problemOf } from "../span/code_link.js";
import { say } from "../toasts.js";

const THEMES = [["auto", "As the system"], ["light", "Light"], ["dark", "Dark"]];
const ZONES = [["local", `Local (${Intl.DateTimeFormat().resolvedOptions().timeZone})`], ["utc", "UTC"]];
const EXAMPLE = { "code.file.path": "/app/shop/cart.py", "code.line.number": "42" };

export function Preferences() {
  const number = recentSearches.value.length;
  const forget = () => {
    recentSearches.value = [];
    say("Searches forgotten");
  };
  return html`<${Card} title="Preferences" note="kept in this browser">
    <div class="preferences">
      <${Choice} name="theme" label="Theme" choices=${THEMES} setting=${theme} />
      <${Choice} name="zone" label="Times" choices=${ZONES} setting=${timeZone} />
      <${CodeTemplate} />
      <div><span class="label">Searches</span><button type="button" disabled=${number === 0} onClick=${forget}>Forget recent searches</button> <span class="muted">${number === 0 ? "none is remembered" : `${number} remembered`}</span></div>
      <${Key} />
    </div>
  <//>`;
}

// How to leave: without the key the server tells nothing more.
function Key() {
  if (!keyInUse()) return null;
  const forget = () => {
    forgetKey();
    location.reload();
  };
  return html`<div><span class="label">Key</span><button type="button" onClick=${forget}>Forget the key</button> <span class="muted">this page then asks for one again</span></div>`;
}

function Choice({ name, label, choices, setting }) {
  return html`<div role="radiogroup" aria-labelledby=${`${name}-label`}><span id=${`${name}-label`} class="label">${label}</span>${choices.map(([value, words]) => html`<label key=${value}><input type="radio" name=${name} value=${value} checked=${setting.value === value} onChange=${() => { setting.value = value; }} /> ${words}</label>`)}</div>`;
}

function CodeTemplate() {
  const [typed, setTyped] = useState(codeUrl.value);
  const problem = problemOf(typed);
  const change = (text) => {
    setTyped(text);
    if (!problemOf(text)) codeUrl.value = text.trim();
  };
  const preview = problem ? "" : codeHref(EXAMPLE);
  return html`<div class="code-template">
    <label for="code-template" class="label">Code opens at</label>
    <input id="code-template" type="text" value=${typed} spellcheck="false" autocomplete="off" placeholder=${serverCodeUrl.value || "vscode://file/{path}:{line}"} aria-invalid=${problem ? "true" : null} aria-describedby="code-template-says" onInput=${(event) => change(event.target.value)} />
    <div class="ready">${Object.entries(READY).map(([name, template]) => html`<button key=${name} type="button" class="plain" aria-pressed=${String(typed === template)} onClick=${() => change(template)}>${name}</button>`)}</div>
    <p id="code-template-says" class="muted">${problem ? html`<span class="warning-text" role="alert">${problem}</span>` : html`${!typed.trim() && (serverCodeUrl.value ? "The server’s own template. " : "No template: places in code are no links. ")}${preview && html`For example <a href=${preview}>${preview}</a>`}`}</p>
  </div>`;
}
