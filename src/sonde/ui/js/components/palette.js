// Ctrl-K: go to a page, a trace or span by its id, a component, a search of before; change the theme.

import { get } from "../lib/api.js";
import { classes, html, signal, useEffect, useLayoutEffect, useMemo, useRef, useState } from "../lib/html.js";
import { logsHref, term, traceHref, tracesHref } from "../lib/links.js";
import { recentSearches, theme } from "../lib/prefs.js";
import { go, hrefHere } from "../lib/route.js";
import { timeRange } from "../lib/time.js";
import { closeOutside, helpIsOpen } from "./help.js";
import { Icon } from "./icons.js";
import { PAGES } from "./pages.js";

export const paletteIsOpen = signal(false);

const MOST = 12;

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    paletteIsOpen.value = !paletteIsOpen.value;
  }
});

export function Palette() {
  const dialog = useRef(null);
  const isOpen = paletteIsOpen.value;
  useLayoutEffect(() => {
    if (isOpen && !dialog.current.open) dialog.current.showModal();
    else if (!isOpen) dialog.current.close();
  }, [isOpen]);
  return html`<dialog ref=${dialog} class="palette" aria-label="Go to anything" onClose=${() => { paletteIsOpen.value = false; }} onClick=${closeOutside}>
    ${isOpen && html`<${Choices} />`}
  </dialog>`;
}

function Choices() {
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const [components, setComponents] = useState([]);
  useEffect(() => {
    const calls = new AbortController();
    const { since, until } = timeRange();
    get("services", { since, until, limit: 1000 }, calls.signal).then(({ services }) => setComponents(services.map((each) => each.service)), () => {});
    return () => calls.abort();
  }, []);
  const found = useMemo(() => choices(typed.trim(), components), [typed, components, recentSearches.value]);
  const current = Math.min(at, found.length - 1);
  const run = (choice) => {
    paletteIsOpen.value = false;
    choice?.run();
  };
  const onKeyDown = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      setAt((current + step + found.length) % Math.max(found.length, 1));
    } else if (event.key === "Enter") {
      event.preventDefault();
      run(found[current]);
    }
  };
  return html`
    <input type="text" role="combobox" aria-expanded="true" aria-controls="palette-list" aria-activedescendant=${found.length ? `palette-${current}` : null} aria-label="Go to"
      placeholder="A trace id, a component, a page, or what to search for" autocomplete="off" spellcheck="false" autofocus
      value=${typed} onInput=${(event) => { setTyped(event.target.value); setAt(0); }} onKeyDown=${onKeyDown} />
    <ul id="palette-list" role="listbox" aria-label="Choices">
      ${found.map((choice, index) => html`<li key=${choice.key} id=${`palette-${index}`} role="option" aria-selected=${String(index === current)} class=${classes(index === current && "current")}
        onPointerMove=${() => index !== current && setAt(index)} onClick=${() => run(choice)}>
        <${Icon} name=${choice.icon} /><span class="what">${choice.what}</span><span class="muted">${choice.kind}</span></li>`)}
    </ul>`;
}

function choices(typed, components) {
  const all = [];
  const add = (icon, kind, what, run) => all.push({ key: `${kind} ${what}`, icon, kind, what, run });
  const hex = typed.toLowerCase().replace(/^0x|-/g, "");
  if (/^[0-9a-f]{32}$/.test(hex)) add("traces", "Trace", hex, () => go(traceHref(hex)));
  if (/^[0-9a-f]{16}$/.test(hex)) add("traces", "Span", hex, () => go(tracesHref(`span:${hex}`)));
  if (/^[0-9a-f]{6,31}$/.test(hex)) add("traces", "Traces that begin so", hex, () => go(tracesHref(`trace:${hex}*`)));
  const matches = (text) => text.toLowerCase().includes(typed.toLowerCase());
  for (const page of PAGES) if (matches(page.name)) add(page.icon, "Page", page.name, () => go(hrefHere(page.path)));
  if (typed) {
    for (const name of components.filter(matches)) {
      add("traces", "Traces of the service", name, () => go(tracesHref(term("service", name))));
      add("logs", "Logs of the service", name, () => go(logsHref(term("service", name))));
    }
  }
  for (const { signal: searched, q } of recentSearches.value.filter((each) => matches(each.q)).slice(0, typed ? 4 : 6)) {
    add("clock", searched === "logs" ? "Searched in logs" : "Searched in traces", q, () => go(searched === "logs" ? logsHref(q) : tracesHref(q)));
  }
  const next = { auto: "dark", dark: "light", light: "auto" }[theme.value];
  if (matches(`Theme: ${next}`)) add("sun", "Setting", `Theme: ${next}`, () => { theme.value = next; });
  if (matches("Help: keys and search")) add("status", "Help", "Help: keys and search", () => { helpIsOpen.value = true; });
  if (typed) {
    add("search", "Search traces", typed, () => go(tracesHref(typed)));
    add("search", "Search logs", typed, () => go(logsHref(typed)));
  }
  return all.slice(0, typed ? MOST * 2 : MOST);
}
