// Stack traces as languages print them, read into the exceptions of a chain and their frames. What is understood as no
// frame stays a line; marks below code and rulers go.

// Beyond this a trace is shown as text alone.
export const LONGEST = 400_000;
// No frame is that long; and no pattern sees what could make it slow.
const LONGEST_LINE = 1000;

// Libraries of the languages themselves and of their frameworks; the user's own frames are all others.
const FOREIGN_PATHS = [
  [/(?:^|[\\/])(?:site|dist)-packages[\\/]([^\\/]+)/, (found) => found[1].replace(/\.py$/, "")],
  [/[\\/]lib(?:64)?[\\/]python\d[\d.]*[\\/]([^\\/]+)/, (found) => found[1].replace(/\.py$/, "")],
  [/[\\/]sonde[\\/]sdk[\\/]/, () => "sonde"],
  [/^<frozen ([\w.]+)>/, (found) => found[1]],
  [/^<(?:string|stdin|__array_function__ internals)>/, () => "built in"],
  [/^.*node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/, (found) => found[1]],
  [/^(?:node:)?internal[\\/]|^node:/, () => "node"],
  [/^(?:native|<anonymous>|\[native code\])$/, () => "native"],
  [/[\\/]pkg[\\/]mod[\\/]((?:[^\\/@]+[\\/])*[^\\/@]+)@/, (found) => found[1]],
  [/[\\/]go[-\d.]*[\\/]src[\\/]((?:[^\\/.]+[\\/])+)/, (found) => found[1].slice(0, -1)],
  [/(?:^|[\\/])vendor[\\/]([^\\/]+)/, (found) => found[1]],
  [/^(?:chrome|moz|safari-web)-extension:/, () => "browser extension"],
];
const FOREIGN_CLASSES = /^((?:java|javax|jakarta|jdk|sun|kotlin|kotlinx|scala|groovy|clojure|reactor|akka|io\.(?:netty|grpc|undertow|micrometer|opentelemetry|vertx)|com\.(?:sun|zaxxer|fasterxml|google\.common|mysql)|org\.(?:springframework|apache|hibernate|eclipse|junit|jboss|postgresql|slf4j|gradle|h2))(?=\.))/;

const PYTHON_FRAME = /^([\s|]*)File "(.+)", line (\d+)(?:, in (.+))?$/;
const V8_FRAME = /^\s*at (?:(async )?(.*?) \()?((?:.+?)(?::(\d+)(?::(\d+))?)?|native|<anonymous>|index \d+)\)?$/;
const GECKO_FRAME = /^\s*(.*?)@((?:https?|file|moz-extension|webpack|resource|safari-web-extension):.+?|\[native code\])(?::(\d+)(?::(\d+))?)?$/;
const JAVA_FRAME = /^\s*at (?:[\w.@-]*\/{1,2})*([\w$.<>]+)\.([\w$<>]+)\(([^()]*)\)(?: ~?\[.*\])?$/;
const GO_PLACE = /^\s+(\S.*\.(?:go|s)):(\d+)(?: \+0x[0-9a-f]+)?$/;
const GO_CALL = /^(?:created by )?[\w./*()·\-@%{}]+(?:\(.*\))?(?: in goroutine \d+)?$/;
const RELATION = /^(?:[\s|]*)(?:(During handling of the above exception, another exception occurred|The above exception was the direct cause of the following exception):?)$/;
const GROUP_PART = /^[\s|]*\+-\+?-+ (\d+|\.\.\.) -+$/;
const TRACEBACK = /^[\s|+]*(?:Exception Group )?Traceback \(most recent call last\):$/;
const CAUSED = /^\s*(?:Caused by|Suppressed|\[cause\]|\[errors?\]|Wrapped by): ?(.*)$/;

// [{ relation, title, notes: [text], frames: [Frame] }] in the order of the text. A frame is { path, line, column,
// call, source: [lines of code], library: "" for the user's own, text }. No frame anywhere: null.
export function readStack(text) {
  if (text.length > LONGEST) return null;
  const lines = text.split(/\r?\n/);
  const has = (pattern) => lines.some((line) => match(pattern, line));
  const read = has(PYTHON_FRAME) ? readPython : has(GO_PLACE) && !has(/^\s+at /) ? readGo : readCalls;
  const blocks = read(lines).filter((block) => block.frames.length > 0 || block.title || block.notes.length > 0);
  return blocks.some((block) => block.frames.length > 0) ? blocks : null;
}

// Neighbouring frames of libraries as one run: [{ frames, libraries: [] for the user's own }].
export function runs(frames) {
  const found = [];
  const none = frames.every((frame) => frame.library || frame.isNote);
  for (const frame of frames) {
    const isForeign = !none && Boolean(frame.library);
    const last = found.at(-1);
    if (last && last.isForeign === isForeign) last.frames.push(frame);
    else found.push({ isForeign, frames: [frame] });
  }
  return found.map((run) => ({ ...run, libraries: run.isForeign ? [...new Set(run.frames.map((frame) => frame.library))] : [] }));
}

function match(pattern, line) {
  return line.length > LONGEST_LINE ? null : pattern.exec(line);
}

function block(relation = "") {
  return { relation, title: "", notes: [], frames: [] };
}

// Python ends with what was raised; frames come before it, the innermost last.
function readPython(lines) {
  const blocks = [block()];
  let indent = Infinity; // of the frame that the next lines may belong to
  let isTitle = false;
  const next = (relation) => {
    if (relation || blocks.at(-1).frames.length > 0) blocks.push(block(relation));
    [indent, isTitle] = [Infinity, false];
  };
  for (const line of lines) {
    const now = blocks.at(-1);
    const place = match(PYTHON_FRAME, line);
    const relation = match(RELATION, line);
    const part = match(GROUP_PART, line);
    if (place) {
      now.frames.push(frame({ path: place[2], line: place[3], call: place[4] ?? "", text: line.trim() }));
      [indent, isTitle] = [place[1].length, false];
    } else if (relation) {
      next(`${relation[1]}:`);
    } else if (part) {
      next(`Part ${part[1]} of the group:`);
    } else if (match(TRACEBACK, line)) {
      next("");
    } else if (match(/^[\s|]*\+-+$/, line)) {
      [indent, isTitle] = [Infinity, false];
    } else if (/^[\s|]*/.exec(line)[0].length > indent && /[^\s|]/.test(line)) {
      // The line of code, and marks below it.
      if (!/^[\s|~^]+$/.test(line)) now.frames.at(-1).source.push(line.replace(/^[\s|]+/, ""));
    } else if (indent < Infinity && match(/^\s*\[Previous line repeated/, line)) {
      now.frames.at(-1).source.push(line.trim());
    } else if (isTitle) {
      now.title += `\n${line.replace(/^[\s|]+$/, "")}`;
    } else if (/[^\s|+-]/.test(line)) {
      if (now.frames.length > 0 || now.relation) {
        now.title = line.replace(/^[\s|]*/, "");
        [indent, isTitle] = [Infinity, true];
      } else {
        now.notes.push(line);
      }
    }
  }
  for (const each of blocks) each.title = each.title.trimEnd();
  return blocks;
}

// JavaScript and Java begin with what was thrown; the innermost frame is the first.
function readCalls(lines) {
  const blocks = [block()];
  for (const line of lines) {
    const now = blocks.at(-1);
    const caused = match(CAUSED, line);
    const found = caused ? null : javaFrame(line) ?? scriptFrame(line);
    if (found) now.frames.push(found);
    else if (caused) blocks.push({ ...block(/^\s*([^:]+):/.exec(line)[1].replace(/[[\]]/g, "").replace(/^./, (letter) => letter.toUpperCase())), title: caused[1].replace(/ \{$/, "") });
    else if (/^\s*\.\.\. \d+ (?:more|common frames omitted)/.test(line)) now.frames.push({ ...frame({ text: line.trim() }), isNote: true });
    else if (now.frames.length === 0) now.title += now.title ? `\n${line}` : line;
    else if (line.trim() && !/^[\s{}]*$/.test(line)) now.notes.push(line);
  }
  for (const each of blocks) each.title = each.title.trim();
  return blocks;
}

function javaFrame(line) {
  const found = match(JAVA_FRAME, line);
  if (!found) return null;
  const [file, number] = found[3].split(":");
  if (!/\.(?:java|kt|kts|scala|groovy|clj)$|^(?:Native Method|Unknown Source|<generated>)$/.test(file)) return null;
  const isFile = file.includes(".");
  const folder = found[1].split(".").slice(0, -1).join("/");
  const library = FOREIGN_CLASSES.exec(found[1])?.[1] ?? "";
  return { ...frame({ path: isFile ? `${folder ? `${folder}/` : ""}${file}` : "", line: number ?? "", call: `${found[1]}.${found[2]}`, text: line.trim() }), library: library || (isFile ? "" : "native") };
}

function scriptFrame(line) {
  const found = /^\s*at /.test(line) ? match(V8_FRAME, line) : null;
  if (found) {
    const [, isAsync, call, place, number, column] = found;
    const path = number === undefined ? place : place.replace(/(?::\d+){1,2}$/, "");
    const isNowhere = number === undefined && !/[\\/.]/.test(path);
    return frame({ path: isNowhere ? "" : plainPath(path), line: number ?? "", column: column ?? "", call: `${isAsync ?? ""}${call ?? (isNowhere ? path : "")}`, text: line.trim(), library: isNowhere ? "native" : undefined });
  }
  const gecko = match(GECKO_FRAME, line);
  return gecko ? frame({ path: plainPath(gecko[2]), line: gecko[3] ?? "", column: gecko[4] ?? "", call: gecko[1], text: line.trim() }) : null;
}

// Go prints a call, and its place on the next line; the innermost is the first.
function readGo(lines) {
  const blocks = [block()];
  lines.forEach((line, at) => {
    const now = blocks.at(-1);
    const place = match(GO_PLACE, line);
    if (place) {
      const call = match(GO_CALL, lines[at - 1] ?? "") ? lines[at - 1] : "";
      const name = call.replace(/\([^()]*\)$/, "");
      const isRuntime = /^(?:created by )?(?:runtime|reflect|testing|panic)\b/.test(name);
      now.frames.push(frame({ path: place[1], line: place[2], call: name, text: line.trim(), library: isRuntime ? name.replace(/^created by /, "").split(/[.(]/)[0] : undefined }));
    } else if (/^goroutine \d+ \[.*\]:$/.test(line)) {
      if (now.frames.length > 0) blocks.push(block(line.replace(/:$/, "")));
      else now.relation = line.replace(/:$/, "");
    } else if (!(match(GO_PLACE, lines[at + 1] ?? "") && match(GO_CALL, line)) && line.trim()) {
      if (now.frames.length === 0) now.title += now.title ? `\n${line}` : line;
      else now.notes.push(line);
    }
  });
  return blocks;
}

function frame({ path = "", line = "", column = "", call = "", text, library }) {
  return { path, line, column, call, text, source: [], isNote: false, library: library ?? libraryOf(path) };
}

function libraryOf(path) {
  for (const [pattern, name] of FOREIGN_PATHS) {
    const found = pattern.exec(path);
    if (found) return name(found);
  }
  return "";
}

// `file:///app/x.mjs` and `webpack-internal:///./src/a.js` are paths; addresses of web servers stay what they are.
function plainPath(address) {
  return address.replace(/^file:\/\//, "").replace(/^webpack(?:-internal)?:\/\/(?:\/)?(?:[^/]*\/)?(?:\.\/)?/, "");
}
