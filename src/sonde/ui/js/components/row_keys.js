// j and k go from row to row of a table whose rows have a link or button of class `row-link`; Enter opens it by itself.

import { useKeys } from "../lib/keys.js";

// box: a ref to what holds the rows. what: what a row is, for the help. The list where the focus is goes first.
export function useRowKeys(box, what) {
  const move = (step) => {
    const links = [...(box.current?.querySelectorAll(".row-link") ?? [])];
    if (links.length === 0) return false;
    const at = links.indexOf(document.activeElement?.closest?.(".row-link"));
    const next = at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, at + step));
    links[next].focus();
    links[next].scrollIntoView({ block: "nearest" });
    return true;
  };
  useKeys([
    { keys: ["j", "ArrowDown"], does: `Next ${what}`, run: () => move(1) },
    { keys: ["k", "ArrowUp"], does: `Previous ${what}`, run: () => move(-1) },
  ]);
}
