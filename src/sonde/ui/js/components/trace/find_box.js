// The search inside a trace: what matches is marked, and walked through with n and N.

import { html, useEffect, useRef, useState } from "../../lib/html.js";
import { count } from "../../lib/format.js";
import { useKeys } from "../../lib/keys.js";
import { useQuery } from "../../lib/query.js";
import { param, setParams } from "../../lib/route.js";
import { Icon } from "../icons.js";

const REST_MS = 250;
const MOST = 1000;
const NONE = { total: 0, matches: [] };

// What `find` in the URL finds: { q, total, matches, ids, error, isStale }.
export function useMatches(traceId, version) {
  const q = param("find");
  const { data, error, reload, isStale } = useQuery(q ? `traces/${encodeURIComponent(traceId)}/find` : null, { q, limit: MOST });
  const known = useRef(version);
  useEffect(() => {
    if (known.current && known.current !== version) reload();
    known.current = version;
  }, [version]);
  const found = q && data && !error ? data : NONE;
  const ids = useRef({ of: null, set: new Set() });
  if (ids.current.of !== found) ids.current = { of: found, set: new Set(found.matches.map((each) => each.spanId)) };
  return { q, total: found.total, matches: found.matches, ids: ids.current.set, error: q ? error : null, isStale };
}

// walk(step): goes to the next match (1) or the one before (-1). at: the place of the one gone to, or -1.
export function FindBox({ find, at, walk }) {
  const [typed, setTyped] = useState(find.q);
  const input = useRef(null);
  const timer = useRef(0);
  useEffect(() => setTyped(find.q), [find.q]);
  useEffect(() => () => clearTimeout(timer.current), []);
  useKeys([
    { keys: "/", does: "Search in this trace", run: () => { input.current.focus(); input.current.select(); } },
    { keys: "n", does: "Next match", run: () => walk(1) },
    { keys: "N", does: "Match before", run: () => walk(-1) },
  ]);

  function search(text) {
    clearTimeout(timer.current);
    setParams({ find: text.trim(), only: text.trim() ? param("only") : "" }, { replace: true });
  }

  function onKeyDown(event) {
    if (event.key === "Enter") {
      event.preventDefault();
      if (typed.trim() !== find.q) search(typed);
      else walk(event.shiftKey ? -1 : 1);
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      if (typed) {
        setTyped("");
        search("");
      } else input.current.blur();
    }
  }

  const isOnly = param("only") === "1";
  const said = find.error ? "no search" : find.isStale ? "…" : find.total === 0 ? "none" : at >= 0 ? `${count(at + 1)} of ${count(find.total)}` : `${count(find.total)} found`;
  return html`<div class="find" role="search">
    <div class="find-line">
      <${Icon} name="search" size=${14} />
      <input ref=${input} type="text" aria-label="Search in this trace" placeholder="Search in this trace  /" autocomplete="off" spellcheck="false" autocapitalize="off" value=${typed}
        aria-invalid=${find.error ? "true" : null} aria-describedby=${find.error ? "find-error" : null}
        onInput=${(event) => { const text = event.target.value; setTyped(text); clearTimeout(timer.current); timer.current = setTimeout(() => search(text), REST_MS); }} onKeyDown=${onKeyDown} />
      ${find.q && html`<span class="find-count muted" role="status">${said}</span>
        <button type="button" class="plain" aria-label="Match before" title="Match before (N)" disabled=${find.total === 0} onClick=${() => walk(-1)}><span class="turn-up"><${Icon} name="down" size=${14} /></span></button>
        <button type="button" class="plain" aria-label="Next match" title="Next match (n)" disabled=${find.total === 0} onClick=${() => walk(1)}><${Icon} name="down" size=${14} /></button>
        <button type="button" class="plain" aria-label="Show only what matches" title="Show only what matches, and what is above it" aria-pressed=${String(isOnly)} onClick=${() => setParams({ only: isOnly ? "" : "1" }, { replace: true })}><${Icon} name="filter" size=${14} /></button>
        <button type="button" class="plain" aria-label="Clear the search" title="Clear (Esc)" onClick=${() => { setTyped(""); search(""); }}><${Icon} name="close" size=${14} /></button>`}
    </div>
    ${find.error && html`<div id="find-error" class="find-error" role="alert">${find.error.message}${find.error.hint && html` <span class="muted">${find.error.hint}</span>`}</div>`}
  </div>`;
}
