"""Secrets that a text gives a name to: `password=…`, `"api_key": "…"`, `Authorization: …`, `--token …`, SQL.

The name decides, as with an attribute; see `keys`. What follows it is taken for the value as far as its
kind reaches: to the closing quote or bracket, to the end of a header's line, to the next delimiter.
"""

from __future__ import annotations

import re
from typing import Final

from sonde.sdk.scrubbing.keys import SecretNames
from sonde.sdk.scrubbing.shapes import mark

# A name, a quote or bracket that closes around it, and what stands between it and its value. A name ends
# where no character of a name follows, so that every name is looked at once.
_NAMED: Final = re.compile(
    r"(?<![\w.-])(?P<flag>--?)?(?P<name>\w[\w.-]*+)"
    r"(?:(?:\\{0,7}[\"']|%22|&quot;)?(?:\]|%5D){0,2}[ \t]{0,8}(?:=>|:=|==|[:=]|%3[AaDd])[ \t]{0,8}"
    r"|(?P<pair>[\"'],[ ]?(?=b?[\"']))"
    r"|(?P<space>[ \t]+(?![ \t=:])))"
)

_TAGGED: Final = re.compile(r"<(?P<name>[\w:.-]{1,100}+)(?:\s[^<>]{0,400}+)?>(?P<secret>[^<>]++)</")

# Names of headers whose values have spaces, semicolons and equal signs in them.
_HEADERS: Final = frozenset({"authorization", "cookie", "cookies"})

_QUOTED: Final = re.compile(
    r"(?:[bBrRuUfF]{0,2})(?:\"(?:[^\"\\]|\\.)*+(?:\"|\\?\Z)|'(?:[^'\\]|\\.)*+(?:'|\\?\Z))", re.DOTALL
)
_ESCAPED: Final = re.compile(
    r"(?P<quote>\\{1,7}[\"']|%22|&quot;)(?:(?!(?P=quote)).)*+(?:(?P=quote)|\Z)", re.DOTALL
)
_LINE: Final = re.compile(r"(?:[^\r\n\"'\\]|(?<==)\"[^\"\r\n]*+\"|\\(?![rn\"']))++")
_SCHEME: Final = re.compile(r"(?:[Bb]earer|[Bb]asic|[Tt]oken|[Dd]igest|BEARER|BASIC)[ ]+")
_BARE: Final = re.compile(r"[^\s&;,\"'<>()\[\]{}\\]*+")
_BRACKET: Final = re.compile(r"[()\[\]{}]|\"(?:[^\"\\]|\\.)*+\"?|'(?:[^'\\]|\\.)*+'?", re.DOTALL)

# Not a value, or one that tells nothing.
_EMPTY: Final = frozenset(
    {"", "null", "None", "nil", "true", "false", "True", "False", "NULL", "undefined", "*", "?", "%s", "..."}
)
_TYPES: Final = frozenset({"str", "int", "bytes", "bool", "Any", "object", "string", "SecretStr"})

_PASSWORD_OF_SQL: Final = re.compile(
    r"\b(?:identified\s{1,9}(?:with\s{1,9}[\w.'\"]{1,64}\s{1,9})?by|password)\s{1,9}(?:hash\s{1,9})?"
    r"(?P<secret>'(?:[^'\\]|\\.|'')*+'?)",
    re.IGNORECASE,
)
_INSERT: Final = re.compile(
    r"\b(?:insert|replace)\s{1,9}(?:\w{1,16}\s{1,9}){0,2}into\s{1,9}[\w.\"`\[\]]{1,200}\s{0,9}"
    r"\((?P<columns>[^()]{1,4096})\)\s{0,9}values\b",
    re.IGNORECASE,
)
_LITERAL: Final = re.compile(r"'(?:[^'\\]|\\.|'')*+'?", re.DOTALL)


def scrub_assignments(text: str, names: SecretNames) -> str:
    """The text without the values of secret names."""
    text = _scrub_tags(_scrub_sql(text, names), names)
    parts: list[str] = []
    done = at = 0
    while match := _NAMED.search(text, at):
        at = match.end()
        label = names.label(match["name"])
        if label is None or (match["space"] and not match["flag"]):
            # A name may begin right after this one's delimiter.
            at = match.end("name")
            continue
        if match["pair"] and text[match.start() - 2 : match.start()] not in ('("', "('", "b'", 'b"'):
            continue
        end = _end_of_value(text, at, label)
        if end == at:
            continue
        parts += (text[done:at], _marked(text[at:end], label))
        done = at = end
    return "".join((*parts, text[done:])) if parts else text


def _end_of_value(text: str, at: int, label: str) -> int:
    """Where the value that begins at `at` ends; `at` where there is none to hide."""
    if text.startswith("[scrubbed", at):
        return at
    quoted = _ESCAPED.match(text, at) or _QUOTED.match(text, at)
    if quoted is not None:
        return quoted.end() if quoted[0].strip("bBrRuUfF\\\"'") else at
    if label in _HEADERS:
        line = _LINE.match(text, at)
        return at if line is None or line[0].strip() in _EMPTY else line.end()
    scheme = _SCHEME.match(text, at)
    end = scheme.end() if scheme else at
    while True:
        bare = _BARE.match(text, end)
        end = bare.end() if bare else end
        if end == len(text) or text[end] not in "([{":
            break
        end = _closed(text, end)  # a call, a list: its text may hold the secret
    value = text[at:end]
    return at if value in _EMPTY or value in _TYPES else end


def _closed(text: str, at: int) -> int:
    """Where the bracket that opens at `at` is closed; the end of the text where it is not."""
    depth = 0
    for match in _BRACKET.finditer(text, at):
        if match[0] in "([{":
            depth += 1
        elif match[0] in ")]}":
            depth -= 1
            if depth == 0:
                return match.end()
    return len(text)


def _marked(value: str, label: str) -> str:
    """The mark, within the quotes that the value had."""
    quoted = _ESCAPED.fullmatch(value)
    if quoted is not None:
        quote = quoted["quote"]
        return f"{quote}{mark(label)}{quote}"
    if _QUOTED.fullmatch(value):
        quote = value.lstrip("bBrRuUfF")[0]
        return f"{quote}{mark(label)}{quote}"
    return mark(label)


def _scrub_tags(text: str, names: SecretNames) -> str:
    """The text without what stands between `<password>` and `</password>`."""
    if "</" not in text:
        return text

    def replaced(match: re.Match[str]) -> str:
        label = names.label(match["name"])
        if label is None:
            return match[0]
        return f"{match[0][: match.start('secret') - match.start()]}{mark(label)}</"

    return _TAGGED.sub(replaced, text)


def _scrub_sql(text: str, names: SecretNames) -> str:
    """The text without passwords that SQL gives no `=` to: `PASSWORD 'x'`, `INSERT INTO t (password) …`."""
    text = _PASSWORD_OF_SQL.sub(
        lambda match: f"{match[0][: match.start('secret') - match.start()]}'{mark('password')}'", text
    )
    insert = _INSERT.search(text)
    if insert is None:
        return text
    for column in insert["columns"].split(","):
        label = names.label(column.strip(' \t\r\n"`[]'))
        if label is not None:
            values = text[insert.end() :]
            return text[: insert.end()] + _LITERAL.sub(f"'{mark(label)}'", values)
    return text
