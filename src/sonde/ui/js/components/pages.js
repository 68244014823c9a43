// The pages: their names, addresses and keys. `/traces/<id>` belongs to Traces.

export const PAGES = [
  { name: "Home", path: "/", icon: "home", key: "h" },
  { name: "Traces", path: "/traces", icon: "traces", key: "t" },
  { name: "Logs", path: "/logs", icon: "logs", key: "l" },
  { name: "Errors", path: "/errors", icon: "errors", key: "e" },
  { name: "Statements", path: "/statements", icon: "statements", key: "d" },
  { name: "Runs", path: "/runs", icon: "runs", key: "u" },
  { name: "Orchestrations", path: "/orchestrations", icon: "orchestrations", key: "o" },
  { name: "Entities", path: "/entities", icon: "entities", key: "n" },
  { name: "AI", path: "/ai", icon: "ai", key: "a" },
  { name: "Pipelines", path: "/pipelines", icon: "pipelines", key: "p" },
  { name: "Sampling", path: "/sampling", icon: "sampling", key: "k" },
  { name: "Status", path: "/status", icon: "status", key: "s" },
];
