// The part of a trace's time that is shown, in nanoseconds from its start: `from` and `to` in the URL. While a wheel
// turns or a pointer drags it changes here alone; the address follows once that rests, as browsers refuse many changes.

import { useEffect, useMemo, useRef, useSignal } from "../../lib/html.js";
import { param, setParams } from "../../lib/route.js";

const LEAST_NS = 10;
const REST_MS = 180;

// { from, to, whole, isWhole, show, zoom, pan }: `show(from, to, { push })`, `zoom(factor, atNs)`, `pan(share)`.
export function useTimeWindow(durationNs) {
  const whole = Math.max(durationNs, LEAST_NS);
  const live = useSignal(null);
  const timer = useRef(0);
  const { from, to } = live.value ?? fromUrl(whole);
  const current = useRef({});
  current.current = { from, to, whole };

  useEffect(() => () => clearTimeout(timer.current), []);

  const moves = useMemo(() => {
    function show(wantedFrom, wantedTo, { push = false } = {}) {
      const { whole: most } = current.current;
      const width = Math.min(Math.max(wantedTo - wantedFrom, LEAST_NS), most);
      const start = Math.min(Math.max(wantedFrom, 0), most - width);
      const shown = { from: start, to: start + width };
      live.value = shown;
      current.current = { ...current.current, ...shown };
      clearTimeout(timer.current);
      const keep = () => {
        const isAll = shown.from <= 0 && shown.to >= most;
        setParams({ from: isAll ? "" : Math.floor(shown.from), to: isAll ? "" : Math.ceil(shown.to) }, { replace: !push });
        live.value = null;
      };
      if (push) keep();
      else timer.current = setTimeout(keep, REST_MS);
    }
    return {
      show,
      // Factors above 1 show less; what is at `atNs` stays where it is.
      zoom(factor, atNs) {
        const { from: start, to: end } = current.current;
        const at = atNs ?? (start + end) / 2;
        show(at - (at - start) / factor, at + (end - at) / factor);
      },
      pan(share) {
        const { from: start, to: end } = current.current;
        const by = (end - start) * share;
        show(start + by, end + by);
      },
    };
  }, []);
  return { from, to, whole, isWhole: from <= 0 && to >= whole, ...moves };
}

function fromUrl(whole) {
  const from = offset(param("from"), 0);
  const to = offset(param("to"), whole);
  return from < to && from < whole ? { from, to: Math.max(Math.min(to, whole), from + LEAST_NS) } : { from: 0, to: whole };
}

function offset(text, otherwise) {
  return /^\d{1,18}$/.test(text) ? Number(text) : otherwise;
}
