// A button that opens a panel below it; Escape and a click elsewhere close it.

import { classes, html, useEffect, useRef, useState } from "../lib/html.js";

// <Popover label=${...} title="…">${(close) => …}</Popover>
export function Popover({ label, title, name, children, align = "right" }) {
  const [isOpen, setOpen] = useState(false);
  const box = useRef(null);
  const close = () => {
    setOpen(false);
    box.current?.querySelector("button")?.focus();
  };
  useEffect(() => {
    if (!isOpen) return undefined;
    const outside = (event) => box.current?.contains(event.target) || setOpen(false);
    const escape = (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      close();
    };
    document.addEventListener("pointerdown", outside);
    const element = box.current;
    element.addEventListener("keydown", escape);
    element.querySelector(".popover input, .popover button")?.focus();
    return () => {
      document.removeEventListener("pointerdown", outside);
      element.removeEventListener("keydown", escape);
    };
  }, [isOpen]);
  return html`<div class=${classes("popover-holder", name)} ref=${box}>
    <button type="button" class="control" title=${title} aria-label=${title} aria-haspopup="dialog" aria-expanded=${String(isOpen)} onClick=${() => setOpen(!isOpen)}>${label}</button>
    ${isOpen && html`<div class=${classes("popover", align)} role="dialog" aria-label=${title}>${children(close)}</div>`}
  </div>`;
}
