// What the attributes of a span are about: groups in the order they are shown, each with the keys that belong to it.

// The first subject that knows a key has it; prefixes end with a dot or are whole keys.
const SUBJECTS = [
  { id: "exception", name: "Exception", begins: ["exception.", "error.", "otel.status_"] },
  { id: "http", name: "HTTP", begins: ["http.", "url.", "user_agent."] },
  { id: "database", name: "Database", begins: ["db."] },
  { id: "messaging", name: "Messaging", begins: ["messaging.", "celery.", "socketio.", "cloudevents.", "faas.trigger"] },
  { id: "rpc", name: "RPC", begins: ["rpc.", "grpc.", "graphql."] },
  { id: "ai", name: "AI", begins: ["gen_ai.", "llm.", "openinference.", "input.value", "input.mime_type", "output.value", "output.mime_type", "embedding.", "retrieval.", "reranker.", "traceloop.", "mcp.", "openai.", "tool.", "ai."] },
  { id: "sonde", name: "Sonde", begins: ["sonde.", "correlation.id"] },
  { id: "user", name: "User and session", begins: ["enduser.", "user.", "session."] },
  { id: "code", name: "Code", begins: ["code.", "thread.", "script."] },
  { id: "network", name: "Network and host", begins: ["net.", "network.", "server.", "client.", "peer.", "source.", "destination.", "host.", "dns.", "tls.", "os.", "process.", "container.", "k8s.", "cloud."] },
];
const REST = { id: "rest", name: "Other" };

// [{ id, name, entries: [[key, value]] }], only the groups with entries, keys in order.
export function bySubject(attributes) {
  const groups = new Map([...SUBJECTS, REST].map((subject) => [subject.id, { id: subject.id, name: subject.name, entries: [] }]));
  for (const entry of Object.entries(attributes)) groups.get(subjectOf(entry[0]).id).entries.push(entry);
  const found = [...groups.values()].filter((group) => group.entries.length > 0);
  for (const group of found) group.entries.sort(([one], [other]) => collator.compare(one, other));
  return found;
}

// Entries whose key or value has the text.
export function matching(entries, text) {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return entries;
  return entries.filter(([key, value]) => key.toLowerCase().includes(wanted) || value.toLowerCase().includes(wanted));
}

// The first of these keys that has a value; "" when none has.
export function first(attributes, ...keys) {
  const key = keys.find((each) => Object.hasOwn(attributes, each) && attributes[each] !== "");
  return key === undefined ? "" : attributes[key];
}

// Several values in one attribute come as a JSON array; anything else is one value.
export function several(value) {
  if (!value.startsWith("[")) return value === "" ? [] : [value];
  try {
    const parsed = JSON.parse(value);
    return Array.isArray(parsed) ? parsed.map((each) => (typeof each === "string" ? each : JSON.stringify(each))) : [value];
  } catch {
    return [value];
  }
}

const collator = new Intl.Collator("en", { numeric: true });

function subjectOf(key) {
  return SUBJECTS.find(({ begins }) => begins.some((start) => (start.endsWith(".") || start.endsWith("_") ? key.startsWith(start) : key === start))) ?? REST;
}
