// The page: its views by the first part of the route; `name/` is the view of one thing of a list.

import { Shell } from "./components/shell.js";
import { get } from "./lib/api.js";
import { html, render } from "./lib/html.js";
import { lazy } from "./lib/lazy.js";
import { serverCodeUrl } from "./lib/links.js";

const views = {
  "": lazy("./views/home.js", () => import("./views/home.js"), "Home"),
  traces: lazy("./views/traces.js", () => import("./views/traces.js"), "Traces"),
  "traces/": lazy("./views/trace.js", () => import("./views/trace.js"), "Trace"),
  logs: lazy("./views/logs.js", () => import("./views/logs.js"), "Logs"),
  errors: lazy("./views/errors.js", () => import("./views/errors.js"), "Errors"),
  statements: lazy("./views/statements.js", () => import("./views/statements.js"), "Statements"),
  runs: lazy("./views/runs.js", () => import("./views/runs.js"), "Runs"),
  "runs/": lazy("./views/run.js", () => import("./views/run.js"), "Run"),
  orchestrations: lazy("./views/orchestrations.js", () => import("./views/orchestrations.js"), "Orchestrations"),
  "orchestrations/": lazy("./views/orchestration.js", () => import("./views/orchestration.js"), "Orchestration"),
  entities: lazy("./views/entities.js", () => import("./views/entities.js"), "Entities"),
  "entities/": lazy("./views/entity.js", () => import("./views/entity.js"), "Entity"),
  ai: lazy("./views/ai.js", () => import("./views/ai.js"), "Ai"),
  "ai/": lazy("./views/ai_session.js", () => import("./views/ai_session.js"), "AiSession"),
  pipelines: lazy("./views/pipelines.js", () => import("./views/pipelines.js"), "Pipelines"),
  "pipelines/": lazy("./views/pipeline.js", () => import("./views/pipeline.js"), "Pipeline"),
  sampling: lazy("./views/sampling.js", () => import("./views/sampling.js"), "Sampling"),
  status: lazy("./views/status.js", () => import("./views/status.js"), "Status"),
};

render(html`<${Shell} views=${views} />`, document.getElementById("app"));

// Until this view has what it shows, anything else would take its time from it.
const STATUS_AFTER_MS = 500;
const OTHERS_AFTER_MS = 3000;
// One by one, as reading many scripts at once would hold up whoever scrolls.
const NEXT_AFTER_MS = 200;
const later = window.requestIdleCallback ?? ((run) => run());
addEventListener("load", () => {
  setTimeout(() => get("status").then(({ codeUrl }) => { serverCodeUrl.value = codeUrl ?? ""; }, () => {}), STATUS_AFTER_MS);
  setTimeout(() => {
    // What no view has taken by now would be old when one does.
    window.early.clear();
    preload(Object.values(views));
  }, OTHERS_AFTER_MS);
});

function preload([next, ...others]) {
  later(() => next.preload());
  if (others.length > 0) setTimeout(preload, NEXT_AFTER_MS, others);
}
