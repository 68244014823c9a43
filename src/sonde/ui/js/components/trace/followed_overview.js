// The overview of a trace, asked for again while parts of it may still arrive.

import { useEffect, useRef } from "../../lib/html.js";
import { useQuery } from "../../lib/query.js";

const EVERY_MS = 2000;
const YOUNG_MS = 60_000;

// { overview, error, reload }. The overview is the same object as long as nothing of the trace changed.
export function useFollowedOverview(traceId) {
  const { data, error, reload } = useQuery(`traces/${encodeURIComponent(traceId)}/overview`);
  const opened = useRef(Date.now());
  const state = useRef({});
  state.current = { data, error };
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden && mayGrow(state.current, opened.current)) reload();
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, [reload]);
  const kept = useRef(null);
  if (!isSame(kept.current, data)) kept.current = data;
  return { overview: kept.current, error, reload };
}

function mayGrow({ data, error }, openedAt) {
  if (!data) return error?.status === 404 ? Date.now() - openedAt < 10 * YOUNG_MS : Boolean(error) && !(error.status >= 400 && error.status < 500);
  return data.isOpen || Date.now() - new Date(data.lastReceivedAt).getTime() < YOUNG_MS;
}

function isSame(before, now) {
  return before !== null && now !== null && before.traceId === now.traceId && before.version === now.version && before.logCount === now.logCount;
}
