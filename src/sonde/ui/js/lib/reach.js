// Whether the server answers. Once it does not, it is asked every few seconds until it does again, and what failed for
// that reason is asked for anew: nobody has to reload a page because a server was started again.

import { signal, useEffect } from "./html.js";

const WAIT_MS = 2000;

export const UNREACHABLE = "unreachable";
// A server that was started again answers before its store is open; one whose cluster is away goes on without it.
const PASSING = new Set([UNREACHABLE, "store_unavailable"]);

export function isPassing(error) {
  return PASSING.has(error?.code);
}

// How often it came back.
const returns = signal(0);

let isLost = false;

export function lose() {
  if (isLost) return;
  isLost = true;
  setTimeout(look, WAIT_MS);
}

async function look() {
  if (!document.hidden && (await answers())) {
    isLost = false;
    returns.value += 1;
  } else {
    setTimeout(look, WAIT_MS);
  }
}

async function answers() {
  try {
    return (await fetch("healthz", { cache: "no-store" })).ok;
  } catch {
    return false;
  }
}

// Calls `again` when the server is back, if `error` was that it, or its store, did not answer.
export function useReturn(error, again) {
  const count = returns.value;
  useEffect(() => {
    if (isPassing(error)) again();
  }, [count]);
}
