// Single-key shortcuts: never while someone types, never over the browser's own combinations.

const actions = new Map();

export function onKey(key, action) {
  actions.set(key, action);
  return () => actions.get(key) === action && actions.delete(key);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input, select, textarea") || document.querySelector("dialog[open]")) return;
  const action = actions.get(event.key);
  if (action && action(event) !== false) event.preventDefault();
});
