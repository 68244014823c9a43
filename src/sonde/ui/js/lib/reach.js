// Whether the server answers. Once it does not, it is asked every few seconds until it does again, and what failed for
// that reason is asked for anew: nobody has to reload a page because a server was started again.

import { signal, useEffect } from "./html.js";

const WAIT_MS = 2000;

export const UNREACHABLE = "unreachable";

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

// Calls `again` when the server is back, if `error` was that it did not answer.
export function useReturn(error, again) {
  const count = returns.value;
  useEffect(() => {
    if (error?.code === UNREACHABLE) again();
  }, [count]);
}
