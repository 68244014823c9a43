import { PageHead } from "../components/page_head.js";
import { html } from "../lib/html.js";

export function Traces() {
  return html`<${PageHead} title="Traces" />`;
}
