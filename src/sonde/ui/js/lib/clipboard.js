// Copies a text and says so.

import { say } from "../components/toasts.js";

export async function copy(text, what = "Copied") {
  try {
    await navigator.clipboard.writeText(text);
    say(what);
  } catch {
    if (byHand(text)) say(what);
    else say("The browser does not let this page copy; select the text instead.", "problem");
  }
}

// Without a secure context (http on another machine) there is no clipboard object.
function byHand(text) {
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "visually-hidden";
  (document.querySelector("dialog[open]") ?? document.body).append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}
