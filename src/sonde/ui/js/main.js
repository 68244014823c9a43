// Shows the view that the hash names.

import { wireHelp } from "./components/help.js";
import { parse } from "./lib/route.js";
import { home } from "./views/home.js";
import { trace } from "./views/trace.js";

const views = { home, trace };
const root = document.getElementById("view");
let current = null;

function show() {
  const route = parse(location.hash);
  const same = current && current.view === route.view && current.traceId === route.traceId;
  if (same) {
    current.shown.update(route);
    return;
  }
  current?.shown.leave();
  root.replaceChildren();
  current = { view: route.view, traceId: route.traceId, shown: views[route.view](root, route) };
  window.scrollTo(0, 0);
}

wireHelp(document.getElementById("help-button"));
window.addEventListener("hashchange", show);
show();
