// A list of the API, newest first, that goes on page by page; what arrives meanwhile is held back while someone looks.

import { early, get } from "./api.js";
import { useEffect, useLayoutEffect, useRef, useState } from "./html.js";
import { loading } from "./query.js";
import { useReturn } from "./reach.js";
import { isByHand, refreshes } from "./refresh.js";

// More rows than anyone scrolls through; a list never grows beyond.
const MOST_ROWS = 10_000;
const NOTHING = { of: "", rows: [], cursor: null, statuses: [], error: null, loading: true, waiting: null, isKept: false };

// The last list that was left, so that going back finds it as it was.
let left = null;

// usePages("traces", { q, since }, { rowsOf: (page) => page.traces, id: (row) => row.traceId, isHeld })
//   isHeld: while true, what is new waits. follows: whether it follows the page's refresh.
// Answers { rows, statuses, error, loading, isStale, isKept, hasMore, isMore, more, again, waiting, showWaiting, place, chosen }:
//   statuses: those that there are, where the ones asked for left nothing. isKept: the rows are those that were left, and
//   no answer came since. more() asks for the next page, again() for the first one anew. waiting: how many new rows are
//   held back. place: a ref for how far the list is scrolled. chosen: one for the id of the row that the keyboard is at.
export function usePages(path, params, { rowsOf, id, isHeld = false, follows = true }) {
  const question = `${path}?${JSON.stringify(params)}`;
  const [state, setState] = useState(() => {
    if (left?.of === question) return { ...left, waiting: null, loading: true, isKept: true };
    const page = early(path, params);
    return page ? { ...NOTHING, of: question, ...pageOf(page, rowsOf), loading: false } : NOTHING;
  });
  const isThere = useRef(!state.loading);
  const place = useRef(left?.of === question ? left.place : 0);
  const chosen = useRef(left?.of === question ? left.chosen : "");
  const [isMore, setMore] = useState(false);
  const [asked, setAsked] = useState(0);
  const latest = useRef({});
  latest.current = { state, isHeld, question };
  const calls = useRef(null);
  const tick = follows ? refreshes.value : 0;
  const seen = useRef({ tick, asked });

  useEffect(() => {
    if (isThere.current) {
      isThere.current = false;
      return undefined;
    }
    const abort = new AbortController();
    const byHand = seen.current.tick !== tick && isByHand;
    seen.current = { tick, asked };
    calls.current?.abort();
    setMore(false);
    setState(loading);
    get(path, params, abort.signal).then(
      (page) => {
        const fresh = pageOf(page, rowsOf);
        setState((before) => {
          if (before.of !== question) {
            place.current = 0;
            return { ...NOTHING, of: question, ...fresh, loading: false };
          }
          return { ...arrived(before, fresh, id, latest.current.isHeld && !byHand, place.current), error: null, loading: false, isKept: false };
        });
      },
      (error) => {
        if (error.name === "AbortError") return;
        setState((before) => ({ ...(before.of === question ? before : { ...NOTHING, of: question }), error, loading: false, isKept: false }));
      },
    );
    return () => abort.abort();
  }, [question, tick, asked]);

  useEffect(() => () => {
    calls.current?.abort();
    const { state: last } = latest.current;
    left = last.error ? null : { ...last, place: place.current, chosen: chosen.current };
  }, []);

  const again = () => setAsked((number) => number + 1);
  useReturn(state.error, again);

  const showWaiting = () => setState((before) => (before.waiting ? { ...before, ...merged(before, before.waiting, id, place.current), waiting: null } : before));

  useLayoutEffect(() => {
    if (!isHeld && state.waiting) showWaiting();
  }, [isHeld, state.waiting]);

  const more = () => {
    const { state: now } = latest.current;
    if (isMore || now.loading || !now.cursor || now.of !== question || now.rows.length >= MOST_ROWS) return;
    setMore(true);
    const abort = new AbortController();
    calls.current = abort;
    get(path, { ...params, cursor: now.cursor }, abort.signal).then(
      (page) => {
        setMore(false);
        setState((before) => {
          if (before.of !== question || before.cursor !== now.cursor) return before;
          const known = new Set(before.rows.map(id));
          return { ...before, rows: [...before.rows, ...rowsOf(page).filter((row) => !known.has(id(row)))], cursor: page.nextCursor };
        });
      },
      (error) => {
        setMore(false);
        if (error.name !== "AbortError") setState((before) => ({ ...before, error }));
      },
    );
  };

  return {
    ...state,
    isStale: state.of !== question,
    hasMore: Boolean(state.cursor) && state.rows.length < MOST_ROWS,
    isMore,
    more,
    again,
    waiting: state.waiting ? state.waiting.rows.filter((row) => !state.rows.some((each) => id(each) === id(row))).length : 0,
    showWaiting,
    place,
    chosen,
  };
}

function pageOf(page, rowsOf) {
  return { rows: rowsOf(page), cursor: page.nextCursor, statuses: page.statuses ?? [] };
}

function arrived(before, fresh, id, isHeld, top) {
  if (!isHeld) return { ...before, ...merged(before, fresh, id, top), waiting: null };
  // Rows that are shown already may have gone on; they stay where they are.
  const now = new Map(fresh.rows.map((row) => [id(row), row]));
  const known = new Set(before.rows.map(id));
  return {
    ...before,
    rows: before.rows.map((row) => now.get(id(row)) ?? row),
    waiting: fresh.rows.some((row) => !known.has(id(row))) ? fresh : null,
  };
}

// The first page anew, and below it what had been read of the others; at the top of the list the first page will do.
function merged(before, fresh, id, top) {
  const known = new Set(before.rows.map(id));
  const meets = fresh.rows.some((row) => known.has(id(row)));
  if (!top || !meets || !fresh.cursor) return fresh;
  const now = new Set(fresh.rows.map(id));
  const last = before.rows.findLastIndex((row) => now.has(id(row)));
  return { rows: [...fresh.rows, ...before.rows.slice(last + 1).filter((row) => !now.has(id(row)))].slice(0, MOST_ROWS), cursor: before.cursor };
}
