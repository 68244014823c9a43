// From anything to anything: the addresses of what a record names.

import { signal } from "./html.js";
import { codeUrl } from "./prefs.js";
import { hrefHere } from "./route.js";
import { around } from "./time.js";

export { hasTerm, withTerm } from "./terms.js";

// A search has at most 4096 characters, and the API tells 200 of a value that it counts.
const LONG = 200;

// The server's own template, from /api/v1/status; a person's choice goes before it.
export const serverCodeUrl = signal("");

export function traceHref(traceId, params = {}) {
  return hrefHere(`/traces/${encodeURIComponent(traceId)}`, params);
}

export function tracesHref(q, params = {}) {
  return hrefHere("/traces", { q, ...params });
}

// A page of each thing of the business, by its id, whatever that has in it.
export function runHref(id, params = {}) {
  return hrefHere(`/runs/${encodeURIComponent(id)}`, params);
}

// Entities by how their id begins.
export function entitiesHref(params = {}) {
  return hrefHere("/entities", params);
}

export function entityHref(type, id, params = {}) {
  return hrefHere(`/entities/${encodeURIComponent(type)}/${encodeURIComponent(id)}`, params);
}

export function orchestrationHref(id, params = {}) {
  return hrefHere(`/orchestrations/${encodeURIComponent(id)}`, params);
}

// Of several executions in a trace, `of` names one by its span.
export function pipelineHref(traceId, params = {}) {
  return hrefHere(`/pipelines/${encodeURIComponent(traceId)}`, params);
}

export function sessionHref(id, params = {}) {
  return hrefHere(`/ai/${encodeURIComponent(id)}`, params);
}

export function logsHref(q, params = {}) {
  return hrefHere("/logs", { q, ...params });
}

// Logs around a moment (Unix milliseconds).
export function logsAround(q, atMs, paddingMs) {
  return hrefHere("/logs", { q, ...around(atMs, paddingMs), every: "" });
}

// What a key means to the search before it is looked for among attributes (query/search/fields.py).
const FIELDS = /^(?:service|component|scope|status|trace|span|run|orchestration|correlation|session|trigger|name|operation|kind|message|parent|duration|event|severity|level|body|is|has)$|^(?:attribute|span|resource|scope)\./;

// The same for an attribute, whatever its key. `kind`: "attribute", "resource" or "scope".
export function attributeTerm(key, value, kind = "attribute") {
  return term(kind !== "attribute" || FIELDS.test(key) ? `${kind}.${key}` : key, value);
}

// One term of a search, `service:checkout`; a value that is not a plain word is quoted.
export function term(key, value) {
  return `${word(key)}:${word(value)}`;
}

// The same for any value out of data: one without text finds what lacks the key, a long one is found by how it begins.
export function valueTerm(key, value) {
  if (value === "") return `NOT ${term("has", key)}`;
  if (value.length < LONG) return term(key, value);
  return `${word(key)}:${value.slice(0, LONG - 1).replace(/[^\p{L}\p{N}_.@-]/gu, "\\$&")}*`;
}

function word(text) {
  return /^[\p{L}\p{N}_.@/-]+$/u.test(text) && !/^(OR|AND|NOT)$/.test(text) && !/^[/-]|\.\./.test(text) ? text : `"${text.replace(/[\\"]/g, "\\$&")}"`;
}

// What touched an entity: it stands alone in the attribute, or among others in a list as JSON.
export function entitySearch(type, id) {
  return `${word(`sonde.entity.${type}`)}:/(^|")${id.replace(/[\\^$.*+?()[\]{}|/"]/g, "\\$&")}("|$)/`;
}

// `{path}`, or `{path:/srv/shop}`: what of it is below a folder, as in a repository.
const CODE_PATH = /(\/?)\{path(?::([^{}]+))?\}/g;

// Where the code of a span or log is, in an editor or a repository; "" without a template, without a place, or outside
// of the template's folder.
export function codeHref(attributes) {
  const template = codeUrl.value || serverCodeUrl.value;
  const path = (attributes["code.file.path"] ?? attributes["code.filepath"] ?? "").replaceAll("\\", "/");
  const line = attributes["code.line.number"] ?? attributes["code.lineno"] ?? "1";
  if (!template || !path) return "";
  let isOutside = false;
  const address = template
    .replaceAll(CODE_PATH, (_, before, folder) => {
      const below = belowFolder(path, folder);
      isOutside ||= below === null;
      // A place of its own in the address has its slash already.
      const inPlace = before ? (below ?? "").replace(/^\/+/, "") : below ?? "";
      return before + inPlace.split("/").map(encodeURIComponent).join("/");
    })
    .replaceAll("{line}", encodeURIComponent(line));
  return !isOutside && isHarmless(address) ? address : "";
}

// What of a path is below a folder, if one is given; null where it is elsewhere.
function belowFolder(path, folder) {
  if (folder === undefined) return path;
  const start = `${folder.replaceAll("\\", "/").replace(/\/+$/, "")}/`;
  return path.startsWith(start) ? path.slice(start.length) : null;
}

// Addresses out of data or settings may open pages and editors, and run nothing here.
export function isHarmless(address) {
  const scheme = /^\s*([a-z][a-z0-9+.-]*):/i.exec(address)?.[1].toLowerCase();
  return Boolean(scheme) && !["javascript", "data", "vbscript", "blob", "file", "about"].includes(scheme);
}
