// Data of the API for a component: asked for when what it depends on changes, again when the page refreshes, called
// off when the component goes. While it loads anew the answer of before stays, so nothing jumps.

import { early, get } from "./api.js";
import { useEffect, useMemo, useRef, useState } from "./html.js";
import { useReturn } from "./reach.js";
import { refreshes } from "./refresh.js";

const NOTHING = { data: null, error: null, loading: true, of: "" };

// useQuery("traces", { q, since }) -> { data, error, loading, isStale, reload }
//   path null: asks nothing. options.keep: whether an answer to other parameters stays meanwhile (default true).
//   options.refresh: whether it follows the page's refresh (default true). options.wait: asks later, when it is false.
//   options.rests: while true it does not follow the refresh, as someone points at what it shows.
export function useQuery(path, params = {}, { keep = true, refresh = true, wait = false, rests = false } = {}) {
  const question = path === null ? "" : `${path}?${JSON.stringify(params)}`;
  const [state, setState] = useState(() => {
    const data = path === null || wait ? null : early(path, params);
    return data ? { data, error: null, loading: false, of: question } : NOTHING;
  });
  const isThere = useRef(!state.loading);
  const [again, setAgain] = useState(0);
  const followed = useRef(0);
  const newest = refresh ? refreshes.value : 0;
  if (!rests) followed.current = newest;
  const tick = followed.current;
  const asked = useRef("");

  useEffect(() => {
    if (path === null) {
      asked.current = "";
      setState({ ...NOTHING, loading: false });
      return undefined;
    }
    if (wait) return undefined;
    const same = asked.current === question;
    asked.current = question;
    if (isThere.current) {
      isThere.current = false;
      return undefined;
    }
    const calls = new AbortController();
    setState((before) => (same || keep ? loading(before) : NOTHING));
    get(path, params, calls.signal).then(
      (data) => setState({ data, error: null, loading: false, of: question }),
      (error) => {
        if (error.name !== "AbortError") setState((before) => ({ ...before, error, loading: false, data: same ? before.data : null, of: question }));
      },
    );
    return () => calls.abort();
  }, [question, again, tick, wait]);

  const reload = useMemo(() => () => setAgain((count) => count + 1), []);
  useReturn(state.error, reload);
  return { ...state, isStale: state.of !== question, reload };
}

// The same state where it says so already: nothing is drawn anew for it.
export function loading(state) {
  return state.loading ? state : { ...state, loading: true };
}
