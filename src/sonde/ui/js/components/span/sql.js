// SQL as people lay it out: clauses on lines of their own, lists and conditions broken where they are long. Only white
// space between tokens changes; what is no SQL comes out as it went in, in other lines.

// Longer statements are shown as they are: nobody reads them, and colours would cost a hundred thousand elements.
export const LONGEST = 20_000;
const WIDTH = 76;
const INDENT = "  ";
const DEEPEST = 20;

const CLAUSES = words("SELECT FROM WHERE HAVING LIMIT OFFSET FETCH VALUES SET RETURNING WITH UNION EXCEPT INTERSECT MINUS WINDOW PREWHERE QUALIFY SETTINGS FORMAT INSERT UPDATE DELETE MERGE REPLACE GROUP ORDER FOR JOIN LEFT RIGHT INNER FULL CROSS NATURAL OUTER ASOF ON");
const KEYWORDS = words(`ADD ALL ALTER ANALYZE AND ANY ARRAY AS ASC ASOF BEGIN BETWEEN BY CASE CAST CHECK COLUMN COMMIT CONFLICT CONSTRAINT CREATE CROSS
  CURRENT CURRENT_DATE CURRENT_TIMESTAMP DATABASE DEFAULT DELETE DESC DISTINCT DO DROP DUPLICATE ELSE END ESCAPE EXCEPT EXISTS EXPLAIN FALSE FETCH FILTER FINAL
  FIRST FOR FOREIGN FORMAT FROM FULL GROUP HAVING IF ILIKE IN INDEX INNER INSERT INTERSECT INTERVAL INTO IS JOIN KEY LAST LATERAL LEFT LIKE LIMIT LOCK
  LOCKED MATCHED MERGE MINUS NATURAL NEXT NO NOT NOTHING NOWAIT NULL NULLS OFFSET ON ONLY OR ORDER OUTER OVER PARTITION PRAGMA PREWHERE PRIMARY QUALIFY
  RANGE RECURSIVE REFERENCES RELEASE REPLACE RETURNING RIGHT ROLLBACK ROW ROWS SAMPLE SAVEPOINT SELECT SET SETTINGS SHARE SIMILAR SKIP SOME START TABLE THEN TO
  TOP TRANSACTION TRUE TRUNCATE UNION UNIQUE UNNEST UPDATE USING VALUES VIEW WHEN WHERE WINDOW WITH WITHIN`);
const JOINS = words("JOIN LEFT RIGHT INNER FULL CROSS NATURAL OUTER ASOF");
const BEGINS = words("SELECT INSERT UPDATE DELETE WITH MERGE REPLACE CREATE ALTER DROP TRUNCATE EXPLAIN BEGIN COMMIT ROLLBACK SAVEPOINT RELEASE PRAGMA SET SHOW CALL EXEC EXECUTE DECLARE VALUES ANALYZE VACUUM COPY GRANT REVOKE USE DESCRIBE");

const TOKEN = new RegExp([
  "(?<space>\\s+)",
  "(?<comment>--[^\\n]*|/\\*[\\s\\S]*?(?:\\*/|$))",
  "(?<text>[eEnNxXbB]?'(?:[^'\\\\]|\\\\[\\s\\S]|'')*(?:'|$)|(?<dollar>\\$(?:[A-Za-z_]\\w*)?\\$)[\\s\\S]*?(?:\\k<dollar>|$))",
  "(?<name>\"(?:[^\"]|\"\")*(?:\"|$)|`(?:[^`]|``)*(?:`|$))",
  "(?<value>\\$\\d+|\\?|%s|%\\(\\w+\\)s|(?<![:\\w]):[A-Za-z_]\\w*|@\\w+|\\{\\w+:[^{}]*\\})",
  "(?<number>(?<![\\w.])(?:0x[0-9a-fA-F]+|\\d+(?:\\.\\d+)?(?:[eE][-+]?\\d+)?)\\b)",
  "(?<word>[\\p{L}_][\\p{L}\\p{N}_$]*)",
  "(?<sign><=>|->>|->|#>>|#>|::|:=|<=|>=|<>|!=|\\|\\||&&|[\\s\\S])",
].join("|"), "gu");

// Whether a statement is SQL, by the system it went to and by how it begins.
export function isSql(system, text) {
  const begin = /^[\s(]*([A-Za-z]+)/.exec(text)?.[1].toUpperCase();
  return !/^(mongodb|redis|valkey|memcached|elasticsearch|opensearch|neo4j|couchdb|dynamodb|aws\.dynamodb|hbase|geode|influxdb)$/.test(system) && BEGINS.has(begin);
}

// The statement in lines; each a list of { text, kind } with kind keyword, text, value, number, comment or "".
export function formatSql(text) {
  return laidOut(tokens(text)).map((line) => joined(line));
}

function tokens(text) {
  const found = [];
  let space = false;
  for (const { 0: token, groups } of text.matchAll(TOKEN)) {
    if (groups.space !== undefined) {
      space = true;
      continue;
    }
    const upper = groups.word?.toUpperCase() ?? "";
    const kind = KEYWORDS.has(upper) ? "keyword" : ["comment", "text", "value", "number"].find((each) => groups[each] !== undefined) ?? "";
    found.push({ text: token, kind, upper: kind === "keyword" ? upper : "", space, isLine: token.startsWith("--") });
    space = false;
  }
  return found;
}

// Lines of tokens. A frame is a parenthesis that has a query in it: what its end goes back to.
function laidOut(list) {
  const lines = [];
  const frames = [];
  let line = [];
  let base = 0; // where the clauses of the query begin
  let indent = 0; // where this line does
  let inner = 0; // parentheses since the query's begin
  let isBetween = false;
  let isBroken = breaksList(list, 0);
  const breakLine = (next) => {
    if (line.some((token) => token.text.trim())) lines.push(line);
    indent = next;
    line = next > 0 ? [{ text: INDENT.repeat(Math.min(next, DEEPEST)), kind: "", space: false }] : [];
  };
  for (let at = 0; at < list.length; at += 1) {
    const token = list[at];
    if (inner === 0 && opensClause(token, list, at)) {
      breakLine(base);
      isBroken = breaksList(list, at);
      isBetween = false;
    } else if ((inner === 0 && (token.upper === "OR" || (token.upper === "AND" && !isBetween))) || list[at - 1]?.isLine) {
      breakLine(base + 1);
    }
    if (token.text === ")" && inner === 0 && frames.length > 0) {
      const frame = frames.pop();
      ({ base, inner, isBroken, isBetween } = frame);
      breakLine(frame.indent);
      line.push({ ...token, space: false });
      continue;
    }
    line.push(token);
    if (token.upper === "BETWEEN") isBetween = true;
    else if (token.upper === "AND") isBetween = false;
    if (token.text === "(" && ["SELECT", "WITH"].includes(list[at + 1]?.upper)) {
      frames.push({ base, inner, isBroken, isBetween, indent });
      base = indent + 1;
      inner = 0;
    } else if (token.text === "(") {
      inner += 1;
    } else if (token.text === ")") {
      inner = Math.max(0, inner - 1);
    } else if (token.text === "," && inner === 0 && isBroken) {
      breakLine(base + 1);
    } else if (token.text === ";" && inner === 0) {
      breakLine(0);
    }
  }
  breakLine(0);
  return lines;
}

function opensClause(token, list, at) {
  if (!CLAUSES.has(token.upper)) return false;
  const before = list[at - 1]?.upper ?? "";
  const after = list[at + 1];
  switch (token.upper) {
    case "FROM": return before !== "DISTINCT" && before !== "DELETE";
    case "FOR": return ["UPDATE", "SHARE", "NO", "KEY"].includes(after?.upper);
    case "ON": return ["CONFLICT", "DUPLICATE"].includes(after?.upper);
    case "SET": return at > 0 && before !== "UPDATE";
    case "UPDATE": return !["FOR", "DO", "KEY", "ON"].includes(before);
    case "DELETE": return before !== "ON" && before !== "THEN";
    case "GROUP": case "ORDER": return after?.upper === "BY" && before !== "(";
    case "LEFT": case "RIGHT": case "REPLACE": case "FORMAT": if (after?.text === "(") return false; break;
    default: break;
  }
  return !(JOINS.has(token.upper) && JOINS.has(before));
}

// Whether the list of the clause that begins here is too long for a line.
function breaksList(list, at) {
  let length = 0;
  let inner = 0;
  for (let next = at + 1; next < list.length; next += 1) {
    const token = list[next];
    if (token.text === "(") inner += 1;
    else if (token.text === ")") inner -= 1;
    if (inner < 0 || (inner === 0 && opensClause(token, list, next))) return false;
    length += token.text.length + (token.space ? 1 : 0);
    if (length > WIDTH) return true;
  }
  return false;
}

// Neighbours of one kind become one piece of text; white space between tokens becomes one space.
function joined(line) {
  const pieces = [];
  line.forEach((token, at) => {
    const text = `${token.space && at > 0 && line[at - 1].text.trim() ? " " : ""}${token.text}`;
    const last = pieces.at(-1);
    if (last && last.kind === token.kind) last.text += text;
    else pieces.push({ text, kind: token.kind });
  });
  return pieces;
}

function words(text) {
  return new Set(text.split(/\s+/));
}
