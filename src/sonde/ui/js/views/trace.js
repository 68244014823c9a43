import { PageHead } from "../components/page_head.js";
import { html } from "../lib/html.js";

export function Trace() {
  return html`<${PageHead} title="Trace" />`;
}
