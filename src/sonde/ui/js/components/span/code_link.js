// From `code.*` attributes to the line in an editor or a repository; and where no template says how, a way to give one.

import { html, useState } from "../../lib/html.js";
import { codeHref, isHarmless, serverCodeUrl } from "../../lib/links.js";
import { codeUrl } from "../../lib/prefs.js";
import { Icon } from "../icons.js";
import { Popover } from "../popover.js";
import { first } from "./subjects.js";

export const READY = {
  "VS Code": "vscode://file/{path}:{line}",
  Cursor: "cursor://file/{path}:{line}",
  PyCharm: "pycharm://open?file={path}&line={line}",
  IntelliJ: "idea://open?file={path}&line={line}",
  Zed: "zed://file/{path}:{line}",
  GitHub: "https://github.com/OWNER/REPOSITORY/blob/main/{path:/FOLDER/OF/REPOSITORY}#L{line}",
};

// The place in the code of a span or log: a link, or how to get one; nothing where it has no place.
export function CodeLink({ attributes }) {
  const path = first(attributes, "code.file.path", "code.filepath");
  const line = first(attributes, "code.line.number", "code.lineno");
  const call = first(attributes, "code.function.name", "code.function");
  if (!path) return null;
  const place = `${path.slice(-300)}${line ? `:${line.slice(0, 20)}` : ""}`;
  const href = codeHref(attributes);
  const hasTemplate = Boolean(codeUrl.value || serverCodeUrl.value);
  const title = `${call.slice(0, 200)}${call ? " in " : ""}${place}`;
  const name = place.split(/[\\/]/).at(-1);
  return href
    ? html`<a class="code-link" href=${href} title=${title}><${Icon} name="code" size=${14} /> <bdi>${name}</bdi></a>`
    : html`<span class="code-link" title=${title}><${Icon} name="code" size=${14} /> <bdi>${name}</bdi>${!hasTemplate && html` <${CodeSetting} />`}</span>`;
}

// What is wrong with a template; "" when nothing is. An empty one is none.
export function problemOf(template) {
  if (template.trim() === "") return "";
  if (!isHarmless(template)) return "This does not begin like an address that may be opened, such as vscode:// or https://.";
  return /\{path(:[^{}]+)?\}/.test(template) ? "" : "It has no {path}: every link would go to the same place.";
}

// Asks how code is opened.
export function CodeSetting({ label = "Open in…" }) {
  return html`<${Popover} name="code-setting" title="Open code in an editor or repository" label=${label} align="left">
    ${(close) => html`<${Choice} close=${close} />`}
  <//>`;
}

function Choice({ close }) {
  const [typed, setTyped] = useState(codeUrl.value || READY["VS Code"]);
  const problem = problemOf(typed);
  const save = (event) => {
    event.preventDefault();
    codeUrl.value = typed.trim();
    close();
  };
  return html`<form class="code-choices" onSubmit=${save}>
    <label>Address of a line of code<input type="text" value=${typed} spellcheck="false" autocomplete="off" onInput=${(event) => setTyped(event.target.value)} /></label>
    <div class="ready">${Object.entries(READY).map(([name, template]) => html`<button type="button" key=${name} class="plain small" onClick=${() => setTyped(template)}>${name}</button>`)}</div>
    <p class="muted">{path} and {line} become those of the code; {path:/srv/shop} is what of it lies below that folder, and files elsewhere are no links. It is kept in this browser; for everyone, set <code>SONDE_UI_CODE_URL</code> on the server.</p>
    ${problem && html`<p class="warning-text" role="alert">${problem}</p>`}
    <button class="primary" disabled=${Boolean(problem)}>Save</button>
  </form>`;
}
