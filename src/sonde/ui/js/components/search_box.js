// The search box: the API's syntax, completion of keys and values, searches of before, and under it where a search
// does not parse.

import { get } from "../lib/api.js";
import { compact, shortened } from "../lib/format.js";
import { classes, html, useEffect, useRef, useState } from "../lib/html.js";
import { useKeys } from "../lib/keys.js";
import { forget, recentSearches, remember } from "../lib/prefs.js";
import { timeRange } from "../lib/time.js";
import { Icon } from "./icons.js";

const WAIT_MS = 120;
const NONE = { items: [], from: 0, to: 0, at: -1, recent: false };

// signal: "spans", "logs" or "events". q: what is searched now. onSearch(q). error: of the answer to q, if it failed.
export function SearchBox({ signal: searched, q, onSearch, error, placeholder = 'service:checkout status:error duration:>200ms http.route:"/cart"' }) {
  const [typed, setTyped] = useState(q);
  const [offered, setOffered] = useState(NONE);
  const input = useRef(null);
  const calls = useRef(null);
  const timer = useRef(0);

  useEffect(() => setTyped(q), [q]);
  useEffect(() => () => close(), []);
  useEffect(() => { if (offered.at >= 0) document.getElementById(`search-offer-${offered.at}`)?.scrollIntoView({ block: "nearest" }); }, [offered.at]);
  const isSyntax = error?.code === "search_syntax";
  useEffect(() => { if (isSyntax) forget(searched, q); }, [isSyntax, q]);
  useKeys([{ keys: "/", does: "Search", run: () => { input.current.focus(); input.current.select(); } }]);

  function close() {
    clearTimeout(timer.current);
    calls.current?.abort();
    setOffered(NONE);
  }

  function offer(text, cursor) {
    clearTimeout(timer.current);
    calls.current?.abort();
    if (!text.trim()) {
      const items = recentSearches.value.filter((each) => each.signal === searched).slice(0, 8);
      setOffered(items.length ? { items: items.map((each) => ({ text: each.q, label: each.q, kind: "recent" })), from: 0, to: text.length, at: -1, recent: true } : NONE);
      return;
    }
    timer.current = setTimeout(async () => {
      calls.current = new AbortController();
      try {
        // The API counts characters, the input counts UTF-16 units.
        const found = await get("completions", { signal: searched, q: text, at: [...text.slice(0, cursor)].length, ...timeRange() }, calls.current.signal);
        const unit = (characters) => [...text].slice(0, characters).join("").length;
        const items = found.items.filter((each) => each.text !== text.slice(unit(found.from), unit(found.to)));
        setOffered({ items, from: unit(found.from), to: unit(found.to), at: -1, recent: false });
      } catch {
        // Completion is a help, not a need: the search itself tells what is wrong.
      }
    }, WAIT_MS);
  }

  function take(item) {
    const rest = typed.slice(offered.to);
    // After a whole value at the end the next term may begin.
    const inserted = item.kind === "value" && rest === "" ? `${item.text} ` : item.text;
    const text = typed.slice(0, offered.from) + inserted + rest;
    const cursor = offered.from + inserted.length;
    setTyped(text);
    close();
    if (item.kind === "recent") {
      search(text);
      return;
    }
    requestAnimationFrame(() => {
      input.current?.focus();
      input.current?.setSelectionRange(cursor, cursor);
      if (/[:<>=]$/.test(inserted)) offer(text, cursor);
    });
  }

  function search(text) {
    close();
    remember(searched, text.trim());
    onSearch(text.trim());
  }

  function onKeyDown(event) {
    const { items, at } = offered;
    if (event.key === "Escape") {
      event.preventDefault();
      if (items.length) close();
      else input.current.blur();
    } else if (items.length && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      setOffered({ ...offered, at: at < 0 && step < 0 ? items.length - 1 : (at + step + items.length) % items.length });
    } else if (items.length && ((event.key === "Enter" && at >= 0) || (event.key === "Tab" && !event.shiftKey && !offered.recent))) {
      event.preventDefault();
      take(items[Math.max(at, 0)]);
    } else if (event.key === "ArrowDown") {
      event.preventDefault();
      offer(typed, input.current.selectionStart);
    }
  }

  return html`<form class="search" role="search" onSubmit=${(event) => { event.preventDefault(); search(typed); }}>
    <div class="search-line">
      <${Icon} name="search" />
      <input ref=${input} type="text" name="q" role="combobox" aria-label=${`Search ${searched}`} aria-autocomplete="list" aria-expanded=${String(offered.items.length > 0)} aria-controls="search-offers"
        aria-activedescendant=${offered.at >= 0 ? `search-offer-${offered.at}` : null} aria-invalid=${isSyntax ? "true" : null} aria-describedby=${isSyntax ? "search-error" : null}
        autocomplete="off" spellcheck="false" autocapitalize="off" placeholder=${placeholder} value=${typed}
        onInput=${(event) => { setTyped(event.target.value); offer(event.target.value, event.target.selectionStart); }}
        onFocus=${() => typed.trim() || offer(typed, 0)} onClick=${() => typed.trim() || offered.items.length || offer(typed, 0)} onBlur=${close} onKeyDown=${onKeyDown} />
      ${typed && html`<button type="button" class="plain" aria-label="Clear the search" title="Clear" onClick=${() => { setTyped(""); search(""); input.current.focus(); offer("", 0); }}><${Icon} name="close" /></button>`}
      <button class="primary">Search</button>
    </div>
    <ul id="search-offers" class="offers" role="listbox" aria-label="Completions" hidden=${offered.items.length === 0}>
      ${offered.items.map((item, index) => html`<li key=${`${item.kind} ${item.text}`} id=${`search-offer-${index}`} role="option" aria-selected=${String(index === offered.at)} class=${classes(index === offered.at && "current")}
        onPointerDown=${(event) => { event.preventDefault(); take(item); }}>
        <bdi class="what">${shortened(item.label, 200)}</bdi><span class="muted help">${item.help ?? ""}</span>${typeof item.count === "number" && html`<span class="muted number" title="so many of the records looked at">${compact(item.count)}</span>`}<span class="muted kind">${item.kind}</span></li>`)}
    </ul>
    ${isSyntax && html`<${SyntaxError} error=${error} q=${q} />`}
  </form>`;
}

function SyntaxError({ error, q }) {
  const before = [...q].slice(0, error.position ?? 0);
  return html`<div id="search-error" class="search-error" role="alert">
    ${error.position !== undefined && html`<pre>${q}${"\n"}${" ".repeat(before.length)}<span class="caret">^</span></pre>`}
    <div>${error.message}</div>
    ${error.hint && html`<div class="muted">${error.hint}</div>`}
  </div>`;
}
