// The page: its views by the first part of the route; `name/` is the view of one thing of a list.

import { Shell } from "./components/shell.js";
import { get } from "./lib/api.js";
import { html, render } from "./lib/html.js";
import { serverCodeUrl } from "./lib/links.js";
import { Errors } from "./views/errors.js";
import { Home } from "./views/home.js";
import { Logs } from "./views/logs.js";
import { Statements } from "./views/statements.js";
import { Status } from "./views/status.js";
import { Trace } from "./views/trace.js";
import { Traces } from "./views/traces.js";

const views = { "": Home, traces: Traces, "traces/": Trace, logs: Logs, errors: Errors, statements: Statements, status: Status };

render(html`<${Shell} views=${views} />`, document.getElementById("app"));

get("status").then(({ codeUrl }) => { serverCodeUrl.value = codeUrl ?? ""; }, () => {});
