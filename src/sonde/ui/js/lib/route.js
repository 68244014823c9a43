// What the page shows is in the URL's hash: `#/?q=status:error&since=1h`, `#/traces/<id>?span=<id>`.

let lastHome = "#/";

export function parse(hash) {
  const [path, query] = split(hash.replace(/^#/, ""));
  const trace = /^\/traces\/([^/]+)$/.exec(path);
  const params = new URLSearchParams(query);
  if (!trace) lastHome = hash || "#/";
  return trace ? { view: "trace", traceId: decode(trace[1]), params } : { view: "home", params };
}

export function homeHref(params) {
  return href("/", params);
}

// The list as it was last seen, with its search.
export function backHref() {
  return lastHome;
}

export function traceHref(traceId, params) {
  return href(`/traces/${encodeURIComponent(traceId)}`, params);
}

// Replaces the address without a step in the history: for what is looked at, not where one is.
export function replace(target) {
  history.replaceState(null, "", target);
}

function href(path, params = {}) {
  const query = new URLSearchParams(Object.entries(params).filter(([, value]) => value)).toString();
  return `#${path}${query ? `?${query}` : ""}`;
}

function split(target) {
  const mark = target.indexOf("?");
  return mark < 0 ? [target, ""] : [target.slice(0, mark), target.slice(mark + 1)];
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
