// The first page: services, a search box, the newest traces.

import { problem } from "../components/notices.js";
import { DEFAULT_RANGE, RANGES, searchBox } from "../components/search.js";
import { servicesTable } from "../components/services.js";
import { tracesList } from "../components/traces.js";
import { welcome } from "../components/welcome.js";
import { get } from "../lib/api.js";
import { h } from "../lib/dom.js";
import { onKey } from "../lib/keys.js";
import { homeHref } from "../lib/route.js";

const PAGE = 50;
const LIVE_EVERY_MS = 2000;

export function home(root, route) {
  const search = searchBox((asked) => go(asked));
  const services = servicesTable((name) => homeHref({ ...state(), q: `service:${quoted(name)}` }));
  const traces = tracesList(() => loadOlder());
  const notice = h("div", { class: "home-notice" });
  const page = h("div", { class: "home" }, search.element, services.element, traces.element);
  root.append(notice, page);

  let params = route.params;
  let loaded = [];
  let cursor = null;
  let empty = false;
  let calls = new AbortController();
  let timer = 0;

  function state() {
    const since = params.get("since");
    return { q: params.get("q") ?? "", since: since in RANGES ? since : DEFAULT_RANGE, live: params.get("live") === "1" ? "1" : "" };
  }

  function go({ q, since, live }) {
    const target = homeHref({ q, since: since === DEFAULT_RANGE ? "" : since, live: live ? "1" : "" });
    if (target === (location.hash || "#/")) load();
    else location.hash = target;
  }

  async function load() {
    clearTimeout(timer);
    calls.abort();
    calls = new AbortController();
    const { signal } = calls;
    const { q, since, live } = state();
    search.show({ q, since, live: live === "1" });
    document.title = q ? `${q} · Sonde` : "Sonde";
    try {
      const [found, traceAnswer] = await Promise.all([
        loadServices(since, signal),
        get("traces", { q, since, limit: PAGE }, signal),
      ]);
      search.showError(null);
      notice.replaceChildren();
      loaded = traceAnswer.traces;
      cursor = traceAnswer.nextCursor;
      traces.show(loaded, { hasMore: Boolean(cursor), searched: Boolean(q) });
      empty = !q && found.length === 0 && loaded.length === 0;
      page.hidden = false;
      services.element.hidden = traces.element.hidden = empty;
      if (empty) notice.append(welcome(RANGES[since]));
      schedule();
    } catch (error) {
      if (error.name === "AbortError") return;
      fail(error, q);
    }
  }

  async function loadServices(since, signal) {
    const answer = await get("services", { since }, signal);
    services.show(answer.services);
    return answer.services;
  }

  function fail(error, q) {
    const syntax = error.code === "search_syntax";
    search.showError(syntax ? error : null, q);
    notice.replaceChildren(...(syntax ? [] : [problem(error, load)]));
    // What is listed belongs to the search before, which this one is not.
    if (syntax) traces.element.hidden = true;
    else page.hidden = loaded.length === 0;
    schedule();
  }

  async function loadOlder() {
    const { q, since } = state();
    try {
      const answer = await get("traces", { q, since, limit: PAGE, cursor }, calls.signal);
      loaded = loaded.concat(answer.traces);
      cursor = answer.nextCursor;
      traces.show(loaded, { hasMore: Boolean(cursor), searched: Boolean(q) });
    } catch (error) {
      if (error.name !== "AbortError") fail(error, q);
    }
  }

  // While nothing has arrived the page looks by itself; with data only when asked to.
  function schedule() {
    if (!empty && state().live !== "1") return;
    timer = setTimeout(() => (document.hidden || traces.isHeld() || loaded.length > PAGE ? schedule() : load()), LIVE_EVERY_MS);
  }

  const forget = onKey("r", load);
  load();
  return {
    update(next) {
      params = next.params;
      load();
    },
    leave() {
      clearTimeout(timer);
      calls.abort();
      [forget, search.leave, traces.leave].forEach((undo) => undo());
    },
  };
}

function quoted(name) {
  return /^[\w.-]+$/.test(name) ? name : `"${name.replace(/[\\"]/g, "\\$&")}"`;
}
