// What can be done with the rows of a trace, by pointer and by keys: moved through, folded, opened.

import { batch, useEffect, useMemo, useRef, useSignal, useState } from "../../lib/html.js";
import { useReturn } from "../../lib/reach.js";
import { param, setParams } from "../../lib/route.js";
import { endOf } from "./bar.js";
import { foldingOf, setFolding } from "./folding.js";
import { SpanRows, isFolded, withFold } from "./span_rows.js";

// While a key is held the panel follows only where it stops.
const FOLLOW_MS = 120;
const NOTHING = { key: "", outdated: 0, logCount: null };
const NOWHERE = { row: null, spanId: "" };
const NO_HANDLE = { first: () => 0, last: () => 0, show() {}, place() {} };

// { rows, cursor, handle, … }: the rows of a trace as folded in the URL. overview: null until it is known; a new version
// or other logs of it are shown. shown: of useTimeWindow.
export function useTree(traceId, overview, shown) {
  const rows = useMemo(() => new SpanRows(traceId), [traceId]);
  const handle = useRef(NO_HANDLE);
  const [cursor, setCursor] = useState(NOWHERE);
  const follow = useRef(0);
  // Which of the rows are on the screen, and the spans of the trace that they are: { row, from, to }.
  const inView = useSignal({ row: 0, from: 0, to: 0 });
  const question = foldingOf();
  const key = JSON.stringify(question);
  const outdated = rows.outdated.value;
  const held = useRef({});
  held.current = { cursor, question, shown };
  const anchorWanted = useRef(null);
  const loaded = useRef(NOTHING);
  const version = overview?.version ?? "";
  const logCount = overview && question.logs ? overview.logCount : null;

  // What is on the screen stays there: the row last folded, the current one if it is in view, else the first in view.
  function anchor() {
    const { cursor: now } = held.current;
    const [first, last] = [handle.current.first(), handle.current.last()];
    const wanted = anchorWanted.current;
    anchorWanted.current = null;
    if (wanted) return wanted;
    if (now.row !== null && now.row >= first && now.row <= last && rows.at(now.row)?.kind === "span") return { spanId: now.spanId, row: now.row };
    for (let index = first; index >= 0 && index > first - 50; index -= 1) {
      const row = rows.at(index);
      if (row?.kind === "span") return { spanId: row.spanId, row: index };
    }
    return null;
  }

  useEffect(() => {
    const before = loaded.current;
    loaded.current = { key, outdated, logCount };
    const isAsked = before.key === key && !rows.question && !rows.error.peek();
    if (isAsked) return;
    const start = rows.question ? "" : param("span");
    if (start) {
      reveal(start);
      return;
    }
    const isShown = rows.question && JSON.stringify(rows.question) === key && (!version || rows.version === version);
    const isOlder = before.outdated !== outdated || (before.logCount !== null && logCount !== null && before.logCount !== logCount);
    if (isShown && !isOlder) return;
    rows.load(question, rows.question ? anchor() : null);
  }, [rows, key, version, outdated, logCount]);

  useReturn(rows.error.value, () => rows.load(held.current.question, anchor()));

  // After other rows came, the current one is where its span is.
  useEffect(() => {
    setCursor((now) => {
      if (!now.spanId) return now;
      const there = now.row === null ? undefined : rows.at(now.row);
      if (there?.spanId === now.spanId && there.kind === now.kind) return now;
      const found = rows.rowOf(now.spanId);
      if (found) return { ...now, row: found.row, kind: "span" };
      // Folded away: what it is below of has taken its place.
      const moved = rows.moved.value;
      const above = moved?.spanId === now.spanId ? rows.at(moved.to) : undefined;
      return above ? { row: moved.to, spanId: above.spanId, kind: "span", index: above.index } : { ...now, row: null };
    });
  }, [rows.changed.value]);

  useEffect(() => tree.look(), [rows.changed.value]);

  useEffect(() => () => {
    clearTimeout(follow.current);
    rows.close();
  }, [rows]);

  async function reveal(spanId) {
    const found = await rows.reveal(held.current.question, spanId);
    if (!found) return null;
    const row = rows.at(found.row);
    batch(() => {
      setCursor({ row: found.row, spanId, kind: "span", index: row?.index });
      setFolding(found.question);
    });
    if (param("span") && param("span") !== spanId) setParams({ span: spanId, log: "" }, { replace: true });
    return row;
  }

  const tree = useMemo(() => {
    function select(index) {
      const row = rows.at(index);
      setCursor({ row: index, spanId: row?.spanId ?? "", kind: row?.kind ?? "span", index: row?.index });
      return row;
    }

    function move(to) {
      if (rows.total === 0) return;
      const index = Math.min(Math.max(to, 0), rows.total - 1);
      const row = select(index);
      handle.current.show(index);
      clearTimeout(follow.current);
      if (param("span") && row) follow.current = setTimeout(() => setParams({ span: row.spanId, log: row.kind === "log" ? row.id : "" }, { replace: true }), FOLLOW_MS);
    }

    function look() {
      const [first, last] = [handle.current.first(), handle.current.last()];
      inView.value = { row: first, from: indexAt(rows, first), to: indexAt(rows, last) + 1 };
    }

    return {
      handle,
      inView,
      shown(from, to) {
        rows.want(from, to);
        look();
      },
      look,
      // Scrolls to a share of all rows.
      toShare(share) {
        const { first, last, place } = handle.current;
        place(Math.round(share * rows.total - (last() - first()) / 2), 0);
      },
      reload: () => rows.load(held.current.question, anchor()),
      select,
      reveal,
      // By a number of rows from the current one; without one, to the first in view.
      step(by) {
        const { cursor: now } = held.current;
        move(now.row === null ? handle.current.first() : now.row + by);
      },
      page: (by) => move((held.current.cursor.row ?? handle.current.first()) + by * Math.max(1, handle.current.last() - handle.current.first())),
      first: () => move(0),
      last: () => move(rows.total - 1),
      fold(index, isFolding) {
        const row = rows.at(index);
        if (row?.kind !== "span" || row.childCount === 0) return;
        select(index);
        anchorWanted.current = { spanId: row.spanId, row: index };
        setFolding(withFold(held.current.question, row, isFolding));
      },
      // Left: folds, or goes to the parent. Right: unfolds, or goes to the first child.
      left() {
        const row = rows.at(held.current.cursor.row);
        if (!row) return;
        if (row.kind !== "span") this.toSpan(row.spanId);
        else if (row.isExpanded) this.fold(row.row, true);
        else if (row.parentSpanId && row.depth > 0) this.toSpan(row.parentSpanId);
      },
      right() {
        const row = rows.at(held.current.cursor.row);
        if (row?.kind !== "span" || row.childCount === 0) return;
        if (!row.isExpanded) this.fold(row.row, false);
        else this.step(1);
      },
      toSpan(spanId) {
        const held_ = rows.rowOf(spanId);
        if (held_) move(held_.row);
        else reveal(spanId);
      },
      open(index = held.current.cursor.row) {
        const row = index === null ? undefined : rows.at(index);
        if (!row) return;
        select(index);
        setParams({ span: row.spanId, log: row.kind === "log" ? row.id : "" }, { replace: true });
      },
      // Unfolds the first levels, folds what is deeper; 0: unfolds all. The current span, or its nearest ancestor
      // that is still there, stays where it is.
      level(number) {
        setFolding({ level: number, open: [], closed: [] });
      },
      zoomTo(index = held.current.cursor.row) {
        const row = index === null ? undefined : rows.at(index);
        if (row?.kind !== "span") return;
        const { shown: now } = held.current;
        const length = endOf(row, now.whole) - row.startNs;
        const room = Math.max(length * 0.05, 5);
        now.show(row.startNs - room, row.startNs + length + room, { push: true });
      },
      isFolded: (row) => isFolded(held.current.question, row.spanId, row.depth),
    };
  }, [rows]);
  // A span that was chosen elsewhere, in the panel or by a link, is shown.
  const chosen = param("span");
  useEffect(() => {
    if (chosen && rows.question && held.current.cursor.spanId !== chosen) tree.toSpan(chosen);
  }, [chosen]);

  return { ...tree, rows, cursor };
}

// The place of a row's span when all is unfolded; as good as is known.
function indexAt(rows, at) {
  for (let index = at; index >= 0 && index > at - 30; index -= 1) {
    const place = rows.at(index)?.index;
    if (place !== undefined) return place;
  }
  return at;
}
