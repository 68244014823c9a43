import { PageHead } from "../components/page_head.js";
import { html } from "../lib/html.js";

export function Statements() {
  return html`<${PageHead} title="Statements" />`;
}
