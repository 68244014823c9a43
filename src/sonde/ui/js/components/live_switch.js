// Switches a list to live and says how that goes.

import { classes, html, useEffect } from "../lib/html.js";
import { useKeys } from "../lib/keys.js";
import { refreshByItself } from "../lib/refresh.js";
import { param, setParams } from "../lib/route.js";
import { Icon } from "./icons.js";

// Counts and filters follow a live list at their own pace.
const COUNTED_EVERY_MS = 10_000;

// A range that has an end gets nothing new.
export function isLive() {
  return param("live") === "1" && !param("until");
}

// state: of useArrivals or useTail.
export function LiveSwitch({ state }) {
  const isOn = isLive();
  // A range that it gives up is a step back away.
  const turn = () => setParams(isOn ? { live: "" } : { live: "1", until: "" }, { replace: !param("until") });
  useEffect(() => {
    if (!isOn) return undefined;
    const timer = setInterval(() => document.hidden || refreshByItself(), COUNTED_EVERY_MS);
    return () => clearInterval(timer);
  }, [isOn]);
  useKeys([{ keys: "l", does: "Live on or off", run: turn }]);
  const isBroken = isOn && state !== "open" && state !== "";
  return html`<button type="button" class=${classes("control live-switch", isOn && "on", isBroken && "broken")} aria-pressed=${String(isOn)} onClick=${turn}
    title=${isBroken ? `Not connected: ${state.message ?? "the server ended the stream"}. This page tries again.` : "What is new appears by itself (l)"}>
    ${isOn ? html`<i class="pulse" aria-hidden="true"></i>` : html`<${Icon} name="play" size=${14} />`} ${isBroken ? "Reconnecting" : "Live"}</button>`;
}

// What is held back while someone looks at the list.
export function NewRows({ number, most = Infinity, what, onShow, children }) {
  if (!number && !children) return null;
  return html`<div class="new-rows" role="status">${number > 0 && html`<button type="button" class="primary" onClick=${onShow}>${number >= most ? `${most}+` : number} new ${number === 1 ? what : `${what}s`}</button>`}${children}</div>`;
}
