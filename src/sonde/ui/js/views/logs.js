import { PageHead } from "../components/page_head.js";
import { html } from "../lib/html.js";

export function Logs() {
  return html`<${PageHead} title="Logs" />`;
}
