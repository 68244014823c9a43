import { PageHead } from "../components/page_head.js";
import { html } from "../lib/html.js";

export function Status() {
  return html`<${PageHead} title="Status" />`;
}
