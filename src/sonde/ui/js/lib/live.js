// Live lists: what makes one ask again, and when what is new has to wait.

import { follow } from "./follow.js";
import { useEffect, useRef, useState } from "./html.js";

const EVERY_MS = 1000;
// A record is told when it is accepted and found a little later, when it is stored.
const STORED_WITHIN_MS = 4000;

// Calls `again` at most once a second while records that match arrive. Answers the state of the stream: "", "open",
// "closed" or the error that ended it.
export function useArrivals(isOn, params, again) {
  const [state, setState] = useState("");
  const run = useRef(again);
  run.current = again;
  useEffect(() => {
    if (!isOn) {
      setState("");
      return undefined;
    }
    let until = 0;
    const timer = setInterval(() => {
      if (Date.now() < until && !document.hidden) run.current();
    }, EVERY_MS);
    const end = follow(params, { record: () => { until = Date.now() + STORED_WITHIN_MS; }, state: setState });
    return () => {
      clearInterval(timer);
      end();
    };
  }, [isOn, JSON.stringify(params)]);
  return state;
}

// Whether someone is at the list: the pointer is over it, or one of its rows has the focus. The properties go to the list.
export function useAttention() {
  const [isOver, setOver] = useState(false);
  const [isFocused, setFocused] = useState(false);
  return {
    isHeld: isOver || isFocused,
    watched: {
      // A finger leaves nothing behind that would tell when it has gone.
      onPointerEnter: (event) => setOver(event.pointerType !== "touch"),
      onPointerLeave: () => setOver(false),
      onFocusIn: (event) => setFocused(Boolean(event.target.closest("[data-row]"))),
      onFocusOut: (event) => setFocused(Boolean(event.relatedTarget?.closest?.("[data-row]"))),
    },
  };
}
