import { PageHead } from "../components/page_head.js";
import { html } from "../lib/html.js";

export function Errors() {
  return html`<${PageHead} title="Errors" />`;
}
