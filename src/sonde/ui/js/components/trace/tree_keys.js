// The keys of the tree: as in a tree of files, and those of a list.

import { useKeys } from "../../lib/keys.js";
import { param, setParams } from "../../lib/route.js";

const PAN = 0.2;

export function useTreeKeys(tree, shown, isShown) {
  // Arrows scroll where the focus is in something else that scrolls.
  const here = (run) => (event) => {
    if (!isShown || (event.key.length > 1 && isElsewhere(event.target))) return false;
    return run(event);
  };
  // What was pressed last, a tab or a switch, would take Enter for itself.
  const step = (by) => here((event) => {
    const { box } = tree.handle.current;
    if (event.target.matches("button, a, summary") && !box?.contains(event.target)) box?.focus({ preventScroll: true });
    tree.step(by);
  });
  useKeys([
    { keys: ["j", "ArrowDown"], does: "Next row", run: step(1) },
    { keys: ["k", "ArrowUp"], does: "Row before", run: step(-1) },
    { keys: "ArrowLeft", does: "Fold, or to the parent; with Shift, earlier", run: here((event) => (event.shiftKey ? shown.pan(-PAN) : tree.left())) },
    { keys: "ArrowRight", does: "Unfold, or to the first child; with Shift, later", run: here((event) => (event.shiftKey ? shown.pan(PAN) : tree.right())) },
    { keys: "Home", does: "First row", run: here(() => tree.first()) },
    { keys: "End", does: "Last row", run: here(() => tree.last()) },
    { keys: "PageDown", does: "A page down", run: here(() => tree.page(1)) },
    { keys: "PageUp", does: "A page up", run: here(() => tree.page(-1)) },
    { keys: "Enter", does: "Open the span", run: here(() => tree.open()) },
    { keys: "Escape", does: "Close the span, then the search", run: () => escape(tree) },
  ]);
}

function escape(tree) {
  if (param("span")) {
    setParams({ span: "", log: "" }, { replace: true });
    tree.handle.current.box?.focus({ preventScroll: true });
    return true;
  }
  if (!param("find")) return false;
  setParams({ find: "", only: "" }, { replace: true });
  return true;
}

function isElsewhere(target) {
  return target !== document.body && !target.matches("#main, .spans, .trace-page a, .trace-page .trace-tools button");
}
