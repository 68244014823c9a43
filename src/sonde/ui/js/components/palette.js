// Ctrl-K: go to a page, to anything by its id, to a component, a search of before; change the theme.

import { get } from "../lib/api.js";
import { classes, html, signal, useEffect, useLayoutEffect, useMemo, useRef, useState } from "../lib/html.js";
import { entityHref, logsHref, orchestrationHref, runHref, sessionHref, term, traceHref, tracesHref } from "../lib/links.js";
import { shortened } from "../lib/format.js";
import { recentSearches, theme } from "../lib/prefs.js";
import { go, hrefHere } from "../lib/route.js";
import { timeRange } from "../lib/time.js";
import { closeOutside, helpIsOpen } from "./help.js";
import { Icon } from "./icons.js";
import { PAGES } from "./pages.js";

export const paletteIsOpen = signal(false);

const MOST = 12;
const WAIT_MS = 120;
const ENTITIES = 8;

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
  const [chosen, setChosen] = useState("");
  const [components, setComponents] = useState([]);
  useEffect(() => {
    const calls = new AbortController();
    const { since, until } = timeRange();
    get("services", { since, until, limit: 1000 }, calls.signal).then(({ services }) => setComponents(services.map((each) => each.service)), () => {});
    return () => calls.abort();
  }, []);
  const [isAwaited, setAwaited] = useState(false);
  const { found: byId, isPending } = useFound(typed);
  const found = useMemo(() => choices(typed.trim(), components, byId), [typed, components, byId, recentSearches.value]);
  // What comes later, from the server, leaves the choice where it is.
  const current = Math.max(0, found.findIndex((each) => each.key === chosen));
  const run = (choice) => {
    paletteIsOpen.value = false;
    choice?.run();
  };
  const onKeyDown = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      setChosen(found[(current + step + found.length) % Math.max(found.length, 1)]?.key ?? "");
    } else if (event.key === "Enter") {
      event.preventDefault();
      // An id that was pasted is looked for before Enter counts.
      if (isPending && current === 0) setAwaited(true);
      else run(found[current]);
    }
  };
  useEffect(() => { if (isAwaited && !isPending) run(found[0]); }, [isAwaited, isPending]);
  return html`
    <input type="text" role="combobox" aria-expanded="true" aria-controls="palette-list" aria-activedescendant=${found.length ? `palette-${current}` : null} aria-label="Go to"
      placeholder="An id of anything, a component, a page, or what to search for" autocomplete="off" spellcheck="false" autofocus
      value=${typed} onInput=${(event) => { setTyped(event.target.value); setChosen(""); setAwaited(false); }} onKeyDown=${onKeyDown} />
    <ul id="palette-list" role="listbox" aria-label="Choices">
      ${found.map((choice, index) => html`<li key=${choice.key} id=${`palette-${index}`} role="option" aria-selected=${String(index === current)} class=${classes(index === current && "current")}
        onPointerMove=${() => index !== current && setChosen(choice.key)} onClick=${() => run(choice)}>
        <${Icon} name=${choice.icon} /><bdi class="what">${shortened(choice.what, 200)}</bdi><span class="muted">${choice.kind}</span></li>`)}
    </ul>`;
}

// What has this id, by the server; of what was typed before nothing stays.
function useFound(typed) {
  const [state, setState] = useState({ of: "", found: [] });
  useEffect(() => {
    if (!typed.trim()) return undefined;
    const calls = new AbortController();
    const timer = setTimeout(() => {
      get("find", { q: typed, limit: ENTITIES }, calls.signal).then(
        ({ found }) => setState({ of: typed, found }),
        (error) => error.name !== "AbortError" && setState({ of: typed, found: NOTHING }),
      );
    }, WAIT_MS);
    return () => {
      clearTimeout(timer);
      calls.abort();
    };
  }, [typed]);
  const isKnown = state.of === typed;
  return { found: isKnown ? state.found : NOTHING, isPending: Boolean(typed.trim()) && !isKnown };
}

const NOTHING = [];
const BY_KIND = {
  run: ["runs", "Run", runHref],
  orchestration: ["orchestrations", "Orchestration", orchestrationHref],
  conversation: ["ai", "Conversation", sessionHref],
  session: ["traces", "Traces of the session", (id) => tracesHref(term("session", id))],
  correlation: ["traces", "Traces of the correlation", (id) => tracesHref(term("correlation", id))],
};

function choices(typed, components, byId) {
  const all = [];
  const add = (icon, kind, what, run) => all.push({ key: `${kind} ${what}`, icon, kind, what, run });
  const hex = typed.toLowerCase().replace(/^0x|-/g, "");
  if (/^[0-9a-f]{32}$/.test(hex)) add("traces", "Trace", hex, () => go(traceHref(hex)));
  if (/^[0-9a-f]{16}$/.test(hex)) add("traces", "Span", hex, () => go(tracesHref(`span:${hex}`)));
  if (/^[0-9a-f]{6,31}$/.test(hex)) add("traces", "Traces that begin so", hex, () => go(tracesHref(`trace:${hex}*`)));
  for (const { kind, type, id } of byId) {
    if (kind === "entity") add("entities", `Entity: ${shortened(type, 40)}`, id, () => go(entityHref(type, id)));
    else if (BY_KIND[kind]) add(BY_KIND[kind][0], BY_KIND[kind][1], id, () => go(BY_KIND[kind][2](id)));
  }
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
