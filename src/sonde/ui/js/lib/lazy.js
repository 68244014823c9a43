// Views are loaded when they are first gone to; the others while the page is idle, so that going to them is instant.

import { html, signal } from "./html.js";

// The scripts below each view, by the server: asked for all at once, not one level of imports after another.
const below = JSON.parse(document.getElementById("view-modules")?.textContent ?? "{}");

// lazy("./views/home.js", () => import("./views/home.js"), "Home") -> a signal of the component; null until it is there.
export function lazy(path, load, name) {
  const component = signal(null);
  let asked = false;
  return {
    component,
    load() {
      if (asked) return;
      asked = true;
      preload(path);
      load().then((module) => { component.value = module[name]; }, (error) => {
        asked = false;
        component.value = () => html`<div class="notice problem" role="alert"><p><b>This page could not be loaded: ${error.message}</b></p><p class="muted">Is the server running? Load the page again when it is.</p></div>`;
      });
    },
    preload: () => asked || preload(path),
  };
}

function preload(path) {
  for (const href of below[path] ?? []) {
    if (document.head.querySelector(`link[rel=modulepreload][href="${href}"]`)) continue;
    const link = document.createElement("link");
    link.rel = "modulepreload";
    link.href = href;
    document.head.append(link);
  }
}
