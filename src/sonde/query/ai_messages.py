"""What was said in an AI call, out of the names that instrumentations have given it.

The GenAI conventions now (JSON with parts) and before (span events, numbered attributes), OpenInference, and
the payloads of OpenAI and Anthropic. The page reads a single span the same way
(`ui/js/components/span/messages.js`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from sonde.ai_names import NAMES

INPUT: Final = ("gen_ai.input.messages", "gen_ai.input_messages")
OUTPUT: Final = ("gen_ai.output.messages", "gen_ai.output_messages")
SYSTEM: Final = ("gen_ai.system_instructions",)
_EVENT_ROLES: Final = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
    "gen_ai.choice": "assistant",
    "gen_ai.content.prompt": "user",
    "gen_ai.content.completion": "assistant",
}
MESSAGE_EVENTS: Final = frozenset({*_EVENT_ROLES, "gen_ai.client.inference.operation.details"})
"""Names of the events that tell what was said, one message each or a whole call."""

# Numbered attributes: `prefix.N.role`; of OpenInference with `message.` before the field.
_NUMBERED: Final = (
    ("gen_ai.prompt", ""),
    ("gen_ai.completion", ""),
    ("llm.prompts", ""),
    ("llm.completions", ""),
    ("llm.input_messages", "message."),
    ("llm.output_messages", "message."),
)
_MOST_NUMBERED: Final = 2_000
_ANSWERS: Final = re.compile("completion|output")
_NUMBER: Final = re.compile(r"\d{1,6}(?=\.)", re.ASCII)
_CALLS: Final = {"tool_call", "tool_use", "function_call", "function", "server_tool_use"}
_RESULTS: Final = {"tool_call_response", "tool_result", "function_call_output"}
_TEXTS: Final = {"text", "input_text", "output_text", None}
_MEDIA: Final = {"blob", "uri", "file", "image", "image_url", "input_image", "input_audio", "audio"}

Attributes = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a message: kind is text, reasoning, call, result, media, json or broken."""

    kind: str
    text: str
    name: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """What somebody said."""

    role: str
    parts: tuple[Part, ...]
    is_answer: bool = False
    finish: str = ""

    @property
    def digest(self) -> tuple[object, ...]:
        """What it has in common with itself where it is told again later: ids and finish may differ then."""
        said = ((part.kind, part.name, " ".join(_plain(part.text).split())) for part in self.parts)
        return (self.role if self.role != "model" else "assistant", *said)


@dataclass(frozen=True, slots=True)
class SpanEvent:
    """An event of a span, or a log record of it."""

    name: str
    attributes: Attributes = field(default_factory=dict[str, str])
    body: str = ""


def messages_of(attributes: Attributes, events: Sequence[SpanEvent] = ()) -> list[Message]:
    """The messages that a call's span tells, what went in before what came out."""
    sources: list[Mapping[str, Any]] = [attributes, *({**_body(each), **each.attributes} for each in events)]
    for whole in sources:
        if _first(whole, *INPUT, *OUTPUT, *SYSTEM):
            return [
                *_from_json(_first(whole, *SYSTEM), "system"),
                *_from_json(_first(whole, *INPUT), "user"),
                *_from_json(_first(whole, *OUTPUT), "assistant"),
            ]
    numbered = [each for prefix, inner in _NUMBERED for each in _from_numbers(attributes, prefix, inner)]
    if numbered:
        return numbered
    told = [_from_event(each) for each in events if each.name in _EVENT_ROLES]
    return told or _undivided(attributes)


def tool_messages_of(attributes: Attributes) -> list[Message]:
    """The call and the result of a span that runs a tool."""
    name, asked = _first(attributes, *NAMES["tool"]), _first(attributes, *NAMES["toolArguments"])
    answered, id_ = _first(attributes, *NAMES["toolResult"]), _first(attributes, *NAMES["toolCallId"])
    found: list[Message] = []
    if asked or answered:
        found.append(Message("assistant", (Part("call", asked, name, id_),)))
    if answered:
        found.append(Message("tool", (Part("result", answered, name, id_),), is_answer=True))
    return found


def _from_json(text: Any, role: str) -> list[Message]:
    if not text:
        return []
    read = _parsed(text)
    if read is None:
        kind = "broken" if re.match(r"\s*[\[{]", str(text)) else "text"
        return [_message(role, [Part(kind, str(text))])]
    items = read if isinstance(read, list) else [read]
    # Parts without messages around them: system instructions, and what some write as output.
    if not any(_is_message(each) for each in items):
        return [_message(role, [_part(each) for each in items])] if items else []
    return [
        _from_message(each.get("message") or each, role)
        if isinstance(each, dict) and _is_message(each)
        else _message(role, [_part(each)])
        for each in items
    ]


def _is_message(read: Any) -> bool:
    return isinstance(read, dict) and (
        not read.keys().isdisjoint(("parts", "role", "tool_calls", "message"))
        or ("content" in read and "type" not in read)
    )


def _from_message(read: Any, role: str) -> Message:
    if not isinstance(read, dict):
        return _message(role, [_part(read)])
    said = _text(read.get("role")) or role
    parts = [*_parts(read.get("parts")), *_parts(read.get("content"))]
    parts += [Part("reasoning", each.text) for each in _parts(read.get("reasoning_content"))]
    calls = read.get("tool_calls")
    for each in calls if isinstance(calls, list) else ():
        parts.append(_part({"type": "tool_call", **each} if isinstance(each, dict) else each))
    if said in ("tool", "function"):
        id_ = _text(read.get("tool_call_id") or read.get("id"))
        parts = [
            Part("result", each.text, _text(read.get("name")), id_) if each.kind == "text" else each
            for each in parts
        ]
    return Message(said, tuple(parts), role == "assistant", _text(read.get("finish_reason")))


def _parts(content: Any) -> list[Part]:
    if content is None or content == "":
        return []
    return [_part(each) for each in content] if isinstance(content, list) else [_part(content)]


def _part(read: Any) -> Part:
    if not isinstance(read, dict):
        return Part("text", _text(read))
    kind = read.get("type")
    inner = read["function"] if isinstance(read.get("function"), dict) else read
    id_ = _text(read.get("id") or read.get("call_id"))
    if kind in _CALLS:
        return Part("call", _text(_given(inner, "arguments", "input", "args")), _text(inner.get("name")), id_)
    if kind in _RESULTS:
        id_ = _text(_given(read, "id", "tool_use_id", "call_id"))
        said = _given(read, "response", "result", "content", "output")
        return Part("result", _text(said), _text(read.get("name")), id_)
    if kind in ("reasoning", "thinking"):
        return Part("reasoning", _text(_given(read, "content", "thinking", "text")))
    text = _given(read, "content", "text")
    if kind in _TEXTS and isinstance(text, str):
        return Part("text", text)
    if kind in _MEDIA:
        image = read.get("image_url")
        where = image.get("url") if isinstance(image, dict) else image
        said = _given(read, "uri", "file_id")
        said = said if said is not None else where if where is not None else _given(read, "content", "source")
        return Part("media", _text(said), _text(_given(read, "mime_type", "modality", "type")))
    return Part("json", _text(read), _text(kind))


def _from_numbers(attributes: Attributes, prefix: str, inner: str) -> list[Message]:
    is_answer = _ANSWERS.search(prefix) is not None
    begin = f"{prefix}."
    numbers = {
        int(number[0])
        for key in attributes
        if key.startswith(begin) and (number := _NUMBER.match(key, len(begin)))
    }
    return [
        _numbered(attributes, f"{begin}{number}.{inner}", "assistant" if is_answer else "user", is_answer)
        for number in sorted(numbers)[:_MOST_NUMBERED]
    ]


def _numbered(attributes: Attributes, start: str, otherwise: str, is_answer: bool) -> Message:
    def get(name: str) -> str:
        return attributes.get(start + name, "")

    role = get("role") or otherwise
    parts: list[Part] = []
    if get("reasoning"):
        parts.append(Part("reasoning", get("reasoning")))
    content = get("content")
    read = _parsed(content) if re.match(r"\s*\[", content) else None
    # Lists of parts come as JSON in this attribute too.
    if isinstance(read, list) and all(isinstance(each, dict) and each.get("type") for each in read):
        parts += [_part(each) for each in read]
    elif content and (role == "tool" or get("tool_call_id")):
        parts.append(Part("result", content, get("name"), get("tool_call_id")))
    elif content:
        parts.append(Part("text", content))
    at = 0
    while f"{start}contents.{at}.message_content.type" in attributes:
        each = f"{start}contents.{at}.message_content."
        kind, text = attributes[f"{each}type"], attributes.get(f"{each}text")
        if text is not None:
            parts.append(Part("text", text))
        elif kind != "tool_use":  # told as a tool call as well
            parts.append(Part("media", attributes.get(f"{each}image.image.url", ""), kind))
        at += 1
    for sign in ("tool_call.function.", ""):
        at = 0
        while f"{start}tool_calls.{at}.{sign}name" in attributes:
            each = f"{start}tool_calls.{at}."
            id_ = attributes.get(f"{each}id") or attributes.get(f"{each}tool_call.id", "")
            arguments = attributes.get(f"{each}{sign}arguments", "")
            parts.append(Part("call", arguments, attributes[f"{each}{sign}name"], id_))
            at += 1
    return Message(role, tuple(parts), is_answer, get("finish_reason"))


def _from_event(event: SpanEvent) -> Message:
    values: dict[str, Any] = {**_body(event), **event.attributes}
    role = _EVENT_ROLES[event.name]
    if event.name.startswith("gen_ai.content."):
        found = _from_json(_first(values, "gen_ai.prompt", "gen_ai.completion"), role)
        return found[0] if found else Message(role, ())
    inner = values.get("message")
    inner = _parsed(inner) if isinstance(inner, str) else inner
    read = {
        **values,
        **(
            inner
            if isinstance(inner, dict)
            else {"content": values["message"]}
            if values.get("message")
            else {}
        ),
    }
    for key in ("content", "tool_calls"):
        if isinstance(read.get(key), str) and isinstance(found := _parsed(read[key]), list):
            read[key] = found
    read["role"] = read.get("role") or role
    made = _from_message(read, role)
    return Message(made.role, made.parts, event.name == "gen_ai.choice", _text(values.get("finish_reason")))


def _undivided(attributes: Attributes) -> list[Message]:
    """Calls that say what went in and out, and not who spoke."""
    asked = _first(attributes, "input.value", "gen_ai.prompt", "traceloop.entity.input")
    answered = _first(attributes, "output.value", "gen_ai.completion", "traceloop.entity.output")
    found: list[Message] = []
    if asked:
        found.append(Message("input", (Part(_looks(asked), asked),)))
    if answered:
        found.append(Message("output", (Part(_looks(answered), answered),), is_answer=True))
    return found


def _looks(text: str) -> str:
    return "json" if re.match(r"\s*[\[{]", text) and _parsed(text) is not None else "text"


def _message(role: str, parts: Iterable[Part]) -> Message:
    return Message(role, tuple(parts), role == "assistant")


def _body(event: SpanEvent) -> dict[str, Any]:
    read = _parsed(event.body) if event.body else None
    return read if isinstance(read, dict) else {}


def _parsed(text: Any) -> Any:
    """What a text says in JSON; None where it is none."""
    if not isinstance(text, str):
        return text
    try:
        return orjson.loads(text)
    except (ValueError, RecursionError):
        return None


def _plain(text: str) -> str:
    """JSON in one spelling: arguments of tools come with and without spaces."""
    read = _parsed(text) if text[:1] in "[{" else None
    return text if read is None else orjson.dumps(read, option=orjson.OPT_SORT_KEYS).decode()


def _first(values: Mapping[str, Any], *names: str) -> Any:
    return next((values[name] for name in names if values.get(name)), "")


def _given(read: Mapping[str, Any], *names: str) -> Any:
    return next((read[name] for name in names if read.get(name) is not None), None)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()
