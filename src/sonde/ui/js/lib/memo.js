// Rows of long lists are drawn anew only when what they are given says something else.

import { h } from "preact";

import { useRef } from "./html.js";

// Made anew whenever a list is drawn; what they hold counts. A record that was read anew is another one, as it is older.
const MADE_ANEW = ["style", "extra", "scale", "columns"];

// A component whose properties are compared one by one.
export function memo(Component) {
  return function Memo(props) {
    this.shouldComponentUpdate = (next) => !isAlike(this.props, next, (name, one, other) => Object.is(one, other) || (MADE_ANEW.includes(name) && isAlike(one, other)));
    return h(Component, props);
  };
}

// The same function at each drawing, which calls the newest one.
export function useSteady(run) {
  const newest = useRef(run);
  newest.current = run;
  const steady = useRef((...given) => newest.current(...given));
  return steady.current;
}

function isAlike(one, other, isSame = (_, mine, theirs) => Object.is(mine, theirs)) {
  if (!one || !other) return false;
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => name in other && isSame(name, one[name], other[name]));
}
