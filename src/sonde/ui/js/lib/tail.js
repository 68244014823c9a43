// What is received from now on, newest first: bounded, and held back while someone looks.

import { follow } from "./follow.js";
import { useEffect, useLayoutEffect, useRef, useState } from "./html.js";

const DRAWN_EVERY_MS = 250;
const NOTHING = { rows: [], waiting: [], arrived: 0, dropped: 0 };

// useTail(isOn, { signal: "logs", q }, { isHeld, most, onOpen }) -> { rows, waiting, dropped, state, showWaiting }
//   waiting: how many records are held back, of which at most `most` are kept. dropped: how many batches the server left
//   out as this page read too slowly. onOpen(): the stream begins, or begins anew.
export function useTail(isOn, params, { isHeld, most, onOpen }) {
  const [shown, setShown] = useState(NOTHING);
  const [state, setState] = useState("");
  const latest = useRef({});
  latest.current = { isHeld, onOpen };

  useEffect(() => {
    setShown(NOTHING);
    setState("");
    if (!isOn) return undefined;
    let incoming = [];
    let dropped = 0;
    let number = 0;
    const end = follow(params, {
      record: (record) => {
        number += 1;
        incoming.push(record);
        if (incoming.length > 2 * most) incoming = incoming.slice(-most);
      },
      dropped: (batches) => { dropped += batches; },
      state: (now) => {
        setState(now);
        if (now === "open") latest.current.onOpen();
      },
    });
    const timer = setInterval(() => {
      if (number === 0 && dropped === 0) return;
      const came = { rows: incoming.reverse().sort(newestFirst).slice(0, most), number, dropped };
      [incoming, number, dropped] = [[], 0, 0];
      setShown((before) => taken(before, came, latest.current.isHeld, most));
    }, DRAWN_EVERY_MS);
    return () => {
      clearInterval(timer);
      end();
    };
  }, [isOn, JSON.stringify(params)]);

  const showWaiting = () => setShown((before) => ({ ...before, rows: merged(before.waiting, before.rows, most), waiting: [], arrived: 0 }));

  useLayoutEffect(() => {
    if (!isHeld && shown.waiting.length > 0) showWaiting();
  }, [isHeld, shown.waiting]);

  return { rows: shown.rows, waiting: shown.arrived, dropped: shown.dropped, state, showWaiting };
}

// Times as decimal texts of the same length, of what came together: a request holds its records service by service.
function newestFirst(one, other) {
  return one.unixNs === other.unixNs ? 0 : one.unixNs < other.unixNs ? 1 : -1;
}

// Senders wait for different times before they send: what comes later may be older. What came last goes first of equals.
function merged(came, known, most) {
  const rows = [];
  let [at, other] = [0, 0];
  while (rows.length < most && (at < came.length || other < known.length)) {
    const isCame = other >= known.length || (at < came.length && newestFirst(came[at], known[other]) <= 0);
    rows.push(isCame ? came[at] : known[other]);
    if (isCame) at += 1;
    else other += 1;
  }
  return rows;
}

function taken(before, came, isHeld, most) {
  const dropped = before.dropped + came.dropped;
  const waiting = merged(came.rows, before.waiting, most);
  if (isHeld) return { ...before, waiting, arrived: before.arrived + came.number, dropped };
  return { rows: merged(waiting, before.rows, most), waiting: [], arrived: 0, dropped };
}
