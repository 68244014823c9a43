// JSON out of telemetry: it may be broken, and its numbers may be larger than JavaScript's.

// The value, or undefined. Numbers that would change keep their digits when they are written again, where the browser can.
export function parsed(text) {
  try {
    return JSON.parse(text, exact);
  } catch {
    return undefined;
  }
}

export function looksLikeJson(text) {
  return /^\s*(?:\{[\s\S]*\}|\[[\s\S]*\])\s*$/.test(text);
}

// Laid out in lines, digit for digit; null when it is no JSON object or array.
export function pretty(text) {
  if (!looksLikeJson(text) || parsed(text) === undefined) return null;
  const out = [];
  let depth = 0;
  const tokens = text.match(/"[^"\\]*(?:\\[\s\S][^"\\]*)*"|[{}[\],:]|[^\s{}[\],:"]+/g);
  tokens.forEach((token, at) => {
    const before = tokens[at - 1];
    const isEnd = token === "}" || token === "]";
    if (isEnd) depth -= 1;
    if (before === "{" || before === "[" ? !isEnd : before === "," || (isEnd && before !== undefined)) out.push("\n", "  ".repeat(Math.min(depth, 40)));
    out.push(token === ":" ? ": " : token);
    if (token === "{" || token === "[") depth += 1;
  });
  return out.join("");
}

function exact(_, value, context) {
  const changed = typeof value === "number" && context?.source !== undefined && String(value) !== context.source && !Number.isSafeInteger(value);
  return changed && JSON.rawJSON ? JSON.rawJSON(context.source) : value;
}
