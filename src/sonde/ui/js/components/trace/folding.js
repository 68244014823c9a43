// What of the tree is folded, in the URL: a link shows the same rows to someone else.

import { say } from "../toasts.js";
import { param, setParams } from "../../lib/route.js";

// The API takes as many.
const MOST_IDS = 1000;

// The question that the URL asks of SpanRows.
export function foldingOf() {
  const level = Number(param("level"));
  return {
    level: Number.isInteger(level) && level > 0 ? level : 0,
    open: ids(param("open")),
    closed: ids(param("closed")),
    logs: param("logs") === "1",
    q: param("only") === "1" ? param("find") : "",
  };
}

export function setFolding({ level, open, closed }) {
  if (open.length > MOST_IDS || closed.length > MOST_IDS) {
    say("So many spans cannot be folded one by one; fold by level instead.", "problem");
    return;
  }
  setParams({ level: level || "", open: open.join(","), closed: closed.join(",") }, { replace: true });
}

function ids(text) {
  return text.split(",").filter((id) => /^[0-9a-f]{16}$/i.test(id)).slice(0, MOST_IDS);
}
