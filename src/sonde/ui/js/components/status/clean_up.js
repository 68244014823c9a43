// Deletes what is past its time, by the rules of retention, after showing what would go.

import { order } from "../../lib/api.js";
import { count, counted, dateTime } from "../../lib/format.js";
import { html, useLayoutEffect, useRef, useState } from "../../lib/html.js";
import { refresh } from "../../lib/refresh.js";
import { closeOutside } from "../help.js";
import { Problem, Skeleton } from "../notices.js";
import { say } from "../toasts.js";

const PATH = "internal/cleanup-traces";
const SIGNALS = { otel_traces: "spans", otel_logs: "logs and events", entity_links: "entity links", audit_log: "audit log" };

export function CleanUp() {
  const [isOpen, setOpen] = useState(false);
  return html`<button type="button" onClick=${() => setOpen(true)}>Clean up …</button>
    ${isOpen && html`<${CleanUpDialog} onClose=${() => setOpen(false)} />`}`;
}

function CleanUpDialog({ onClose }) {
  const dialog = useRef(null);
  const [{ plan, error, isDeleting }, setState] = useState({});
  const look = () => {
    const abort = new AbortController();
    setState({});
    order(PATH, { dryRun: true }, abort.signal).then(
      (found) => setState({ plan: found }),
      (failure) => failure.name !== "AbortError" && setState({ error: failure }),
    );
    return () => abort.abort();
  };
  useLayoutEffect(() => {
    dialog.current.showModal();
    return look();
  }, []);
  const remove = () => {
    setState({ plan, isDeleting: true });
    order(PATH).then(
      (done) => {
        say(`Deleted ${counted(sumOf(done.rules), "record")}`);
        refresh();
        onClose();
      },
      (failure) => setState({ error: failure }),
    );
  };
  const rules = plan?.rules.filter((each) => each.rows) ?? [];
  return html`<dialog ref=${dialog} class="clean-up" aria-labelledby="clean-up-title" aria-busy=${String(Boolean(isDeleting))} onClose=${onClose} onClick=${closeOutside}>
    <h2 id="clean-up-title">Clean up</h2>
    ${error ? html`<${Problem} error=${error} retry=${look} />`
      : !plan ? html`<${Skeleton} rows=${5} />`
        : rules.length === 0 ? html`<p>Nothing is past its time.</p>`
          : html`<p>${counted(sumOf(rules), "record")} ${sumOf(rules) === 1 ? "is past its time" : "are past their time"} and would go:</p><${Rules} rules=${rules} />`}
    <p class="muted">The server does so by itself each day. The settings <code>retention.*</code> say how long what is kept.</p>
    <div class="dialog-foot">
      ${rules.length > 0 && !error && html`<button type="button" class="danger" disabled=${isDeleting} onClick=${remove}>${isDeleting ? "Deleting …" : `Delete ${counted(sumOf(rules), "record")}`}</button>`}
      <button type="button" autofocus onClick=${() => dialog.current.close()}>${isDeleting ? "Close" : "Cancel"}</button>
    </div>
  </dialog>`;
}

function Rules({ rules }) {
  return html`<div class="table-scroll"><table class="compact">
    <thead><tr><th>What</th><th>Rule</th><th class="number">Kept</th><th class="cutoff">Older than</th><th class="number">Records</th></tr></thead>
    <tbody>${rules.map((each) => html`<tr key=${`${each.table} ${each.kind}`}>
      <td>${SIGNALS[each.table] ?? "metrics"}</td><td class="nowrap">${each.kind}</td><td class="number">${counted(each.days, "day")}</td>
      <td class="cutoff">${dateTime(each.cutoff)}</td><td class="number">${count(each.rows)}</td></tr>`)}</tbody>
  </table></div>`;
}

function sumOf(rules) {
  return rules.reduce((sum, each) => sum + each.rows, 0);
}
