// The rows of a trace that are in view and around it, page by page from the server, which knows what is folded. Never
// the whole trace: what is far from view is let go.

import { get } from "../../lib/api.js";
import { signal } from "../../lib/html.js";

const PAGE = 200;
const HELD_ROWS = 6000;
// While someone drags the scroll bar, pages that only flash by are not asked for.
const CALM_MS = 40;

// A question says what is folded: { level, open, closed, logs, q }; level 0: nothing is, but what is in `closed`.
export class SpanRows {
  constructor(traceId) {
    this.path = `traces/${encodeURIComponent(traceId)}/tree`;
    this.question = null;
    this.total = 0;
    this.version = "";
    this.changed = signal(0);
    this.error = signal(null);
    // Set when the row `from`, of `spanId`, is now at `to`, so that it stays on its place; with `from` null, `to` should
    // come into view.
    this.moved = signal(null);
    // Grows when an answer was newer than what is shown.
    this.outdated = signal(0);
    this.held = new Map();
    this.asked = new Map();
    this.wanted = [0, 0];
    this.calls = new AbortController();
    this.generation = 0;
    this.timer = 0;
  }

  at(index) {
    return this.held.get(index);
  }

  // The row of a span, among those held.
  rowOf(spanId) {
    for (const row of this.held.values()) if (row.spanId === spanId && row.kind === "span") return row;
    return undefined;
  }

  // Shows the answer to another question, or the newest to the same. `anchor`: a row { spanId, row } that stays where
  // it is on the screen; if it is folded away now, the nearest span above it that is not.
  async load(question, anchor = null) {
    const generation = this.#begin();
    try {
      let answer = await this.#get(question, anchor ? { reveal: anchor.spanId } : { offset: 0 });
      const hidden = anchor ? firstFolded(question, answer.openedIds) : -1;
      if (hidden >= 0) answer = await this.#get(question, { reveal: answer.openedIds[hidden] });
      if (generation !== this.generation) return;
      this.#show(question, answer, anchor && answer.revealed !== null ? { from: anchor.row, to: answer.revealed, spanId: anchor.spanId } : null);
    } catch (error) {
      if (error.name === "AbortError" || generation !== this.generation) return;
      // The anchor may be of an older version of the trace.
      if (anchor && error.status === 404) await this.load(question);
      else this.error.value = error;
    }
  }

  // Brings a span into view, whatever is folded above it. Answers its row and the question that now holds: the same
  // with what is above the span unfolded; null when there is no such span.
  async reveal(question, spanId) {
    const generation = this.#begin();
    try {
      const answer = await this.#get(question, { reveal: spanId });
      if (generation !== this.generation) return null;
      const unfolded = withUnfolded(question, answer.openedIds);
      this.#show(unfolded, answer, { from: null, to: answer.revealed });
      return { row: answer.revealed, question: unfolded };
    } catch (error) {
      if (error.name === "AbortError" || generation !== this.generation) return null;
      if (error.status === 404 && error.message.startsWith("no span")) await this.load(question);
      else this.error.value = error;
      return null;
    }
  }

  // Rows `from` to before `to` are in view: asks for those missing, and a little beyond.
  want(from, to) {
    const isFar = Math.abs(from - this.wanted[0]) > PAGE;
    this.wanted = [from, to];
    clearTimeout(this.timer);
    if (isFar) this.timer = setTimeout(() => this.#fill(), CALM_MS);
    else this.#fill();
  }

  close() {
    clearTimeout(this.timer);
    this.generation += 1;
    this.calls.abort();
  }

  #fill() {
    if (!this.question) return;
    const [from, to] = this.wanted;
    const near = [Math.max(0, from - PAGE / 2), Math.min(this.total, to + PAGE / 2)];
    for (const [page, calls] of this.asked) {
      if ((page + 1) * PAGE < near[0] || page * PAGE > near[1]) {
        calls.abort();
        this.asked.delete(page);
      }
    }
    for (let page = Math.floor(near[0] / PAGE); page * PAGE < near[1]; page += 1) {
      if (!this.asked.has(page) && this.#isMissing(Math.max(page * PAGE, near[0]), Math.min((page + 1) * PAGE, near[1]))) this.#ask(page);
    }
  }

  #isMissing(from, to) {
    for (let index = from; index < to; index += 1) if (!this.held.has(index)) return true;
    return false;
  }

  async #ask(page) {
    const calls = new AbortController();
    const { generation, question } = this;
    this.asked.set(page, calls);
    try {
      const answer = await this.#get(question, { offset: page * PAGE }, calls.signal);
      if (generation !== this.generation) return;
      this.asked.delete(page);
      this.error.value = null;
      if (answer.version !== this.version || answer.total !== this.total) {
        this.outdated.value += 1;
        return;
      }
      this.#hold(answer.rows);
      this.changed.value += 1;
    } catch (error) {
      if (generation === this.generation && this.asked.get(page) === calls) this.asked.delete(page);
      if (error.name !== "AbortError") this.error.value = error;
    }
  }

  #begin() {
    this.calls.abort();
    for (const calls of this.asked.values()) calls.abort();
    this.asked.clear();
    this.calls = new AbortController();
    this.generation += 1;
    return this.generation;
  }

  #get(question, params, abort = this.calls.signal) {
    return get(this.path, { ...asParams(question), limit: PAGE, ...params }, abort);
  }

  #show(question, answer, moved) {
    this.question = question;
    this.total = answer.total;
    this.version = answer.version;
    this.held = new Map();
    this.#hold(answer.rows);
    this.error.value = null;
    this.moved.value = moved && { ...moved, at: this.generation };
    this.changed.value += 1;
  }

  #hold(rows) {
    for (const row of rows) this.held.set(row.row, row);
    if (this.held.size <= HELD_ROWS) return;
    const [from, to] = this.wanted;
    for (const index of this.held.keys()) if (index < from - HELD_ROWS / 4 || index > to + HELD_ROWS / 4) this.held.delete(index);
  }
}

export function asParams({ level, open, closed, logs, q }) {
  return { level: level || "", open: open.join(","), closed: closed.join(","), logs: logs ? 1 : "", q };
}

// Whether a span's children are hidden, with the depth of the span.
export function isFolded({ level, open, closed }, spanId, depth) {
  return closed.includes(spanId) || (level > 0 && depth >= level - 1 && !open.includes(spanId));
}

// The question with the children of a span hidden or shown.
export function withFold(question, row, isFolding) {
  const without = (ids) => ids.filter((id) => id !== row.spanId);
  const open = without(question.open);
  const closed = without(question.closed);
  const byLevel = question.level > 0 && row.depth >= question.level - 1;
  if (isFolding && (!byLevel || question.q)) closed.push(row.spanId);
  if (!isFolding && byLevel) open.push(row.spanId);
  return { ...question, open, closed };
}

// With a search the server unfolds down to its matches, whatever the level says.
function firstFolded(question, path) {
  return path.findIndex((id, depth) => (question.q ? question.closed.includes(id) : isFolded(question, id, depth)));
}

function withUnfolded(question, path) {
  const closed = question.closed.filter((id) => !path.includes(id));
  const opened = path.filter((id, depth) => question.level > 0 && depth >= question.level - 1 && !question.open.includes(id));
  return { ...question, closed, open: [...question.open, ...opened] };
}
