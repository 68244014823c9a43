// What stands around every page: the way to the others, the palette, the help, short messages.

import { html, useEffect, useErrorBoundary } from "../lib/html.js";
import { useKeys } from "../lib/keys.js";
import { go, hrefHere, route } from "../lib/route.js";
import { Help, helpIsOpen } from "./help.js";
import { Icon } from "./icons.js";
import { KeyPrompt, Problem, Skeleton } from "./notices.js";
import { PAGES } from "./pages.js";
import { Palette, paletteIsOpen } from "./palette.js";
import { Toasts } from "./toasts.js";

export function Shell({ views }) {
  useKeys([
    { keys: "?", does: "This help", run: () => { helpIsOpen.value = true; } },
    ...PAGES.map((page) => ({ keys: `g ${page.key}`, does: `Go to ${page.name}`, run: () => go(hrefHere(page.path)) })),
  ]);
  const { parts } = route.value;
  const name = parts[0] ?? "";
  const view = parts.length > 1 ? views[`${name}/`] : views[name];
  view?.load();
  return html`
    <a class="skip" href="#main" onClick=${skip}>Skip to the page</a>
    <nav class="rail" aria-label="Pages">
      <a class="brand" href=${hrefHere("/")} aria-label="Sonde, home"><img src="icon.svg" alt="" width="20" height="20" /><span>Sonde</span></a>
      ${PAGES.map((page) => html`<a key=${page.path} href=${hrefHere(page.path)} title=${`${page.name} (g ${page.key})`} aria-current=${page.path === `/${name}` ? "page" : null}><${Icon} name=${page.icon} /><span>${page.name}</span></a>`)}
      <span class="rail-gap"></span>
      <button type="button" title="Go to anything (Ctrl-K)" onClick=${() => { paletteIsOpen.value = true; }}><${Icon} name="search" /><span>Go to … <kbd>Ctrl K</kbd></span></button>
      <button type="button" title="Keys and search syntax (?)" aria-haspopup="dialog" onClick=${() => { helpIsOpen.value = true; }}><${Icon} name="code" /><span>Help <kbd>?</kbd></span></button>
    </nav>
    <main id="main" tabindex="-1">
      <${KeyPrompt} />
      <${Page} key=${parts.length > 1 ? route.value.path : name} view=${view} parts=${parts} />
    </main>
    <${Palette} /><${Help} /><${Toasts} />`;
}

// A page that fails is told and the way to the others stays.
function Page({ view, parts }) {
  const [failure, forget] = useErrorBoundary((error) => console.error(error));
  useEffect(() => { if (!view) document.title = "No such page · Sonde"; }, [view]);
  if (failure) return html`<${Problem} error=${{ message: `This page failed: ${failure.message}`, hint: "It is a fault of Sonde's; the other pages and the API still work." }} retry=${forget} />`;
  if (!view) return html`<${Problem} error=${{ message: `There is no page #/${parts.join("/")}.`, hint: "Choose one of the pages, or press Ctrl-K." }} />`;
  const View = view.component.value;
  return View ? html`<${View} parts=${parts} />` : html`<${Skeleton} />`;
}

function skip(event) {
  event.preventDefault();
  document.getElementById("main").focus();
}
