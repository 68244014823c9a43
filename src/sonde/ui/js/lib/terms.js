// A search taken apart into the terms that all must match, as far as a person may add or take out one by a click.

// topTerms('service:a NOT "b c" (d OR e)') -> ['service:a', 'NOT "b c"', '(d OR e)']. A search whose terms are
// alternatives (an OR outside parentheses) is one term.
export function topTerms(q) {
  const words = wordsOf(q);
  if (words.includes("OR")) return q.trim() ? [q.trim()] : [];
  const terms = [];
  let negation = "";
  for (const word of words) {
    if (word === "AND") continue;
    if (word === "NOT") {
      negation += "NOT ";
      continue;
    }
    terms.push(negation + word);
    negation = "";
  }
  return negation ? [...terms, negation.trim()] : terms;
}

export function hasTerm(q, wanted) {
  return topTerms(q).some((each) => same(each, wanted));
}

// Adds a term to a search, or takes it out where it stands already; its opposite goes.
export function withTerm(q, added) {
  const terms = topTerms(q);
  if (terms.some((each) => same(each, added))) return terms.filter((each) => !same(each, added)).join(" ");
  const others = terms.filter((each) => !same(each, opposite(added)));
  const isOne = others.length === 1 && wordsOf(others[0]).includes("OR");
  return [...(isOne ? [`(${others[0]})`] : others), added].join(" ");
}

export function opposite(term) {
  return /^(NOT |-|!)/.test(term) ? term.replace(/^(NOT |-|!)/, "") : `NOT ${term}`;
}

function same(one, other) {
  return plain(one) === plain(other);
}

// `-a`, `!a` and `NOT a` are the same; so are `key:"value"` and `key:value`.
function plain(term) {
  return term.replace(/^[-!](?=\S)/, "NOT ").replace(/"([\p{L}\p{N}_.@/-]+)"/gu, "$1");
}

// Words and what parentheses hold together; quotes keep their blanks.
function wordsOf(q) {
  const words = [];
  let word = "";
  let depth = 0;
  for (let at = 0; at < q.length; at += 1) {
    const sign = q[at];
    if (sign === "\\") {
      word += sign + (q[at + 1] ?? "");
      at += 1;
    } else if (sign === '"' || (sign === "/" && beginsRegex(word, q, at))) {
      const end = closing(q, at, sign);
      word += q.slice(at, end);
      at = end - 1;
    } else if (/\s/.test(sign) && depth === 0) {
      if (word) words.push(word);
      word = "";
    } else {
      if (sign === "(") depth += 1;
      if (sign === ")") depth = Math.max(0, depth - 1);
      word += sign;
    }
  }
  return word ? [...words, word] : words;
}

// A slash begins an expression where a value begins, and where another one ends the word.
function beginsRegex(word, q, at) {
  if (word && !/[:(\s!=-]$/.test(word)) return false;
  const end = closing(q, at, "/");
  return q[end - 1] === "/" && end - 1 > at && (end >= q.length || /[\s)]/.test(q[end]));
}

function closing(q, from, mark) {
  for (let at = from + 1; at < q.length; at += 1) {
    if (q[at] === "\\") at += 1;
    else if (q[at] === mark) return at + 1;
  }
  return q.length;
}
