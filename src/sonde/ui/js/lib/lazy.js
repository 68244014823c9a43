// Views are loaded when they are first gone to; the others while the page is idle, so that going to them is instant.

import { html, signal } from "./html.js";

// The scripts below each view, by the server: asked for all at once, not one level of imports after another.
const below = new Map(Object.values(JSON.parse(document.getElementById("views").textContent)).map(({ path, modules }) => [path, modules]));

const RETRY_MS = 2000;
// So long the first view waits for what early.js asked for, to be drawn once and whole.
const WHOLE_WITHIN_MS = 150;
const first = Promise.race([
  Promise.allSettled([...window.early.values()].map(({ answer }) => answer)),
  new Promise((done) => { setTimeout(done, WHOLE_WITHIN_MS); }),
]);

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
      Promise.all([load(), first]).then(([module]) => { component.value = module[name]; }, () => {
        component.value = () => html`<div class="notice problem" role="alert"><p><b>The server does not answer.</b></p><p class="muted">Is it running? This page loads anew once it answers.</p></div>`;
        loadAnewOnceItAnswers();
      });
    },
    preload: () => asked || preload(path),
  };
}

// Browsers may remember that a module could not be loaded for as long as the page lives. All state is in the URL.
function loadAnewOnceItAnswers() {
  setTimeout(() => fetch("healthz").then((answer) => (answer.ok ? location.reload() : loadAnewOnceItAnswers()), loadAnewOnceItAnswers), RETRY_MS);
}

function preload(path) {
  for (const href of below.get(path) ?? []) {
    if (document.head.querySelector(`link[rel=modulepreload][href="${href}"]`)) continue;
    const link = document.createElement("link");
    link.rel = "modulepreload";
    link.href = href;
    document.head.append(link);
  }
}
