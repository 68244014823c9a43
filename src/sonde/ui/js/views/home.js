import { PageHead } from "../components/page_head.js";
import { html } from "../lib/html.js";

export function Home() {
  return html`<${PageHead} title="Home" />`;
}
