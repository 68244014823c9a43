// What a group of failures is called: its type and message, and whether it is new.

import { shortened } from "../../lib/format.js";
import { html } from "../../lib/html.js";

export function GroupName({ group }) {
  return html`<span class="group-name" title=${shortened(`${group.exceptionType} ${group.message}`.trim(), 600)}>
    ${group.isNew && html`<span class="chip warning" title="Not seen in the time before">new</span>`}
    <b class="error-text"><bdi>${shortened(group.exceptionType, 80) || "Failed"}</bdi></b> <bdi class="cut">${shortened(group.message, 200)}</bdi></span>`;
}
