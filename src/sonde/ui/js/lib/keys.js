// Keyboard shortcuts: never while someone types, never over the browser's own combinations, not below a dialog.

import { signal, useLayoutEffect, useRef } from "./html.js";

// What can be pressed now, for the help: [{ keys, does, run }]. The newest wins where two want the same key.
export const shortcuts = signal([]);

let prefix = "";
let prefixTimer = 0;

// useKeys([{ keys: ["j", "ArrowDown"], does: "Next trace", run: next }]). `keys` is a key or a list of alternatives; a
// key is an `event.key` ("/", "?", "Enter") or a sequence of them ("g t"). `run` answering false lets the key pass.
export function useKeys(list) {
  const current = useRef(list);
  current.current = list;
  const names = list.map((each) => `${each.keys}\t${each.does}`).join("\n");
  // With the elements themselves, so that no key comes too early.
  useLayoutEffect(() => {
    const held = list.map((each, index) => ({
      keys: [each.keys].flat(),
      does: each.does,
      run: (event) => current.current[index]?.run(event),
    }));
    shortcuts.value = [...held, ...shortcuts.value];
    return () => {
      shortcuts.value = shortcuts.value.filter((each) => !held.includes(each));
    };
  }, [names]);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.target.matches("input, select, textarea, [contenteditable]") || document.querySelector("dialog[open]")) return;
  const pressed = prefix ? `${prefix} ${event.key}` : event.key;
  clearTimeout(prefixTimer);
  prefix = "";
  const found = shortcuts.value.find((each) => each.keys.includes(pressed));
  // A button does itself what Enter and the space bar are for.
  if (found && event.target.matches("button, a, summary, [role=tab]") && ["Enter", " "].includes(event.key)) return;
  if (found) {
    if (found.run(event) !== false) event.preventDefault();
  } else if (shortcuts.value.some((each) => each.keys.some((keys) => keys.startsWith(`${pressed} `)))) {
    prefix = pressed;
    prefixTimer = setTimeout(() => { prefix = ""; }, 1000);
  }
});
