"""Takes secrets out of spans and log records before they leave the process."""

from __future__ import annotations

import json
import operator
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from opentelemetry.attributes import BoundedAttributes
from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.trace import Link, Status
from opentelemetry.util.types import Attributes

from sonde.sdk.complaints import complain
from sonde.sdk.rewritten import RewrittenSpan
from sonde.sdk.scrubbing.assignments import scrub_assignments
from sonde.sdk.scrubbing.keys import SecretNames
from sonde.sdk.scrubbing.patterns import UserPatterns
from sonde.sdk.scrubbing.prefilter import Prefilter
from sonde.sdk.scrubbing.shapes import known_shapes, mark

UNREADABLE: Final = mark("unreadable")

# Deeper nesting than this is replaced by a mark.
_MAX_DEPTH: Final = 32

# JSON longer than this is looked at as text.
_MAX_JSON_CHARS: Final = 1_000_000

# Short texts that have no secret are remembered: methods, routes, names of hosts come again and again.
_REMEMBERED: Final = 1024
_REMEMBERED_CHARS: Final = 128

_PLAIN: Final = frozenset({bool, float, type(None)})

# A smaller integer is no card number.
_LONG: Final = 10**13

# Values of secret names that tell nothing.
_TELLS_NOTHING: Final = (None, True, False, "", b"", (), [])


@dataclass(frozen=True, slots=True)
class ScrubOptions:
    """What counts as secret beside what is known.

    `keys` are names of attributes (whole words of one: `ssn`, `customer.email`), `patterns` regular
    expressions of secret text; `emails` takes e-mail addresses out too.
    """

    keys: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    emails: bool = False


class Scrubber:
    """Replaces secrets by marks that say what was there. Never raises, never drops anything."""

    def __init__(self, options: ScrubOptions | None = None) -> None:
        options = options or ScrubOptions()
        self._names = SecretNames(options.keys)
        self._shapes = known_shapes(emails=options.emails)
        self._patterns = UserPatterns(options.patterns)
        self._prefilter = Prefilter(self._names, self._shapes)
        self._clean: set[str] = set()
        # Texts that look as if they had a secret and have none, by themselves: `--password` in a list says
        # what the next item is, so these are not asked there.
        self._harmless: set[str] = set()

    @property
    def remembered(self) -> int:
        """How many texts are known to have no secret."""
        return len(self._clean) + len(self._harmless)

    def text(self, text: str) -> str:
        """The text without secrets; the same object where it has none."""
        try:
            return self._text(text, 0)
        except Exception as error:
            return _failed(error)

    def attributes(self, attributes: Mapping[str, Any]) -> Mapping[str, Any]:
        """The attributes without secrets; the same object where they have none."""
        try:
            texts: list[str] = []
            if self._gather(attributes, texts, 0) and self._are_clean(texts):
                return attributes
        except Exception as error:
            _failed(error)
        return self._attributes(attributes, 0)

    def span(self, span: ReadableSpan) -> ReadableSpan:
        """The span without secrets; the same object where it has none."""
        try:
            if self._is_clean_span(span):
                return span
        except Exception as error:
            _failed(error)
        return self._span(span)

    def log(self, record: ReadableLogRecord) -> ReadableLogRecord:
        """The log record without secrets; the same object where it has none."""
        written = record.log_record
        attributes = written.attributes
        try:
            texts = [written.event_name] if written.event_name else []
            if (
                self._gather_value(written.body, texts, 0)
                and (not attributes or self._gather(_copied(attributes), texts, 0))
                and self._are_clean(texts)
            ):
                return record
        except Exception as error:
            _failed(error)
        scrubbed = copy(written)
        scrubbed.body = self._value(written.body, 0)
        scrubbed.attributes = self._counted(attributes)
        if written.event_name:
            scrubbed.event_name = self.text(written.event_name)
        same = (
            scrubbed.body is written.body
            and scrubbed.attributes is attributes
            and scrubbed.event_name is written.event_name
        )
        return record if same else replace(record, log_record=scrubbed)

    # Looking: every text is collected and looked at once; False where a name is secret.

    def _is_clean_span(self, span: ReadableSpan) -> bool:
        texts = [] if span.name in self._harmless else [span.name]
        if span.status.description:
            texts.append(span.status.description)
        if span.attributes and not self._gather(_copied(span.attributes), texts, 0):
            return False
        if _has(span, "_events"):
            for event in span.events:
                texts.append(event.name)
                if event.attributes and not self._gather(_copied(event.attributes), texts, 0):
                    return False
        if _has(span, "_links"):
            for link in span.links:
                if link.attributes and not self._gather(_copied(link.attributes), texts, 0):
                    return False
        return self._are_clean(texts)

    def _gather(self, attributes: Mapping[str, Any], texts: list[str], depth: int) -> bool:
        labels = self._names.labels
        for name, value in attributes.items():
            label = labels[name] if name in labels else self._names.label(name)
            if label is not None and value not in _TELLS_NOTHING:
                return False
            kind = type(value)
            if kind is str:
                if depth or value not in self._harmless:
                    texts.append(cast(str, value))
            elif kind is int:
                if cast(int, value) >= _LONG:
                    texts.append(str(value))
            elif kind not in _PLAIN and not self._gather_value(cast(object, value), texts, depth):
                return False
        return True

    def _gather_value(self, value: object, texts: list[str], depth: int) -> bool:
        if isinstance(value, str):
            texts.append(value)
        elif isinstance(value, bytes):
            texts.append(value.decode("latin-1"))
        elif isinstance(value, int) and value >= _LONG:
            texts.append(str(value))
        elif depth >= _MAX_DEPTH:
            return False
        elif isinstance(value, Mapping):
            return self._gather(cast(Mapping[str, Any], value), texts, depth + 1)
        elif isinstance(value, Sequence):
            items = cast(Sequence[Any], value)
            return all(self._gather_value(item, texts, depth + 1) for item in items)
        return True

    def _are_clean(self, texts: list[str]) -> bool:
        new = set(texts).difference(self._clean)
        if not new:
            return True
        joined = "\n".join(new)
        if self._prefilter.possible(joined):
            return False
        if self._patterns and any(self._patterns.found_in(text) for text in new):
            return False
        if len(self._clean) >= _REMEMBERED:
            self._clean = set()
        if len(joined) > _REMEMBERED_CHARS:
            new = {text for text in new if len(text) <= _REMEMBERED_CHARS}
        self._clean.update(new)
        return True

    # Replacing.

    def _span(self, span: ReadableSpan) -> ReadableSpan:
        before = _copied(span.attributes)
        name, attributes = self.text(span.name), self._attributes(before, 0)
        events = [self._event(event) for event in span.events]
        links = [self._link(link) for link in span.links]
        description = span.status.description
        status = Status(span.status.status_code, self.text(description)) if description else span.status
        same = (
            name is span.name
            and attributes is before
            and all(map(operator.is_, events, span.events))
            and all(map(operator.is_, links, span.links))
            and status.description is description
        )
        if same:
            return span
        return RewrittenSpan(
            span, name=name, attributes=attributes, events=events, links=links, status=status
        )

    def _event(self, event: Event) -> Event:
        name, attributes = self.text(event.name), self._counted(event.attributes)
        same = name is event.name and attributes is event.attributes
        return event if same else Event(name, attributes, event.timestamp)

    def _link(self, link: Link) -> Link:
        attributes = self._counted(link.attributes)
        return link if attributes is link.attributes else Link(link.context, attributes)

    def _counted(self, attributes: Attributes) -> Attributes:
        """Attributes of an event, a link or a log record, with what was counted as dropped of them."""
        if not attributes:
            return attributes
        before = _copied(attributes)
        after = self._attributes(before, 0)
        if after is before:
            return attributes
        scrubbed = BoundedAttributes(attributes=after)
        scrubbed.dropped = getattr(attributes, "dropped", 0)
        return scrubbed

    # Each of these hands back the very object that it was given if there is no secret in it.

    def _attributes(self, attributes: Mapping[str, Any], depth: int) -> Mapping[str, Any]:
        changed: dict[str, Any] = {}
        for name, value in attributes.items():
            scrubbed = self._named(name, value, depth)
            if scrubbed is not value:
                changed[name] = scrubbed
        return {**attributes, **changed} if changed else attributes

    def _named(self, name: str, value: Any, depth: int) -> Any:
        try:
            label = self._names.label(name)
            if label is None or value in _TELLS_NOTHING:
                return self._value(value, depth)
            # The values of a header are a list, and stay one.
            return (mark(label),) if isinstance(value, tuple | list) else mark(label)
        except Exception as error:
            return _failed(error)

    def _value(self, value: Any, depth: int) -> Any:
        try:
            if isinstance(value, str):
                return self._text(value, depth)
            if isinstance(value, bytes):
                text = value.decode("latin-1")
                return value if self._text(text, depth) is text else mark("bytes")
            if isinstance(value, int) and value >= _LONG:
                text = str(value)
                return value if (scrubbed := self._text(text, depth)) is text else scrubbed
            if not isinstance(value, Mapping | Sequence):
                return value
            if depth >= _MAX_DEPTH:
                return mark("nested too deeply")
            if isinstance(value, Mapping):
                return self._attributes(cast(Mapping[str, Any], value), depth + 1)
            return self._items(cast(Sequence[Any], value), depth + 1)
        except Exception as error:
            return _failed(error)

    def _items(self, items: Sequence[Any], depth: int) -> Sequence[Any]:
        """The items of a list; of a command line also the value that follows `--password`."""
        scrubbed: list[Any] = []
        label = None
        for item in items:
            scrubbed.append(mark(label) if label and isinstance(item, str) else self._value(item, depth))
            is_flag = isinstance(item, str) and item.startswith("-") and "=" not in item
            label = self._names.label(item) if is_flag else None
        if all(map(operator.is_, scrubbed, items)):
            return items
        return scrubbed if isinstance(items, list) else tuple(scrubbed)

    def _text(self, text: str, depth: int) -> str:
        if text in self._clean or (depth == 0 and text in self._harmless):
            return text
        if not self._prefilter.possible(text):
            return self._patterns.scrub(text)
        scrubbed = self._json(text, depth) if text[0] in "{[" else None
        if scrubbed is None:
            scrubbed = text
            for shape in self._shapes:
                scrubbed = shape.scrub(scrubbed)
            scrubbed = scrub_assignments(scrubbed, self._names)
        scrubbed = self._patterns.scrub(scrubbed)
        if scrubbed != text:
            return scrubbed
        if depth == 0 and len(text) <= _REMEMBERED_CHARS:
            if len(self._harmless) >= _REMEMBERED:
                self._harmless = set()
            self._harmless.add(text)
        return text

    def _json(self, text: str, depth: int) -> str | None:
        """JSON text without secrets; None where it is no JSON."""
        if len(text) > _MAX_JSON_CHARS or depth >= _MAX_DEPTH:
            return None
        try:
            before = json.loads(text)
        except (ValueError, RecursionError):
            return None
        after = self._value(before, depth + 1)
        return text if after is before else json.dumps(after, ensure_ascii=False, separators=(",", ":"))


def _has(span: ReadableSpan, part: str) -> bool:
    """Whether the span has events or links, if that can be told without copying them; else True."""
    return bool(getattr(span, part, True))


def _copied(attributes: Attributes) -> Mapping[str, Any]:
    """The attributes as a dict, which is many times faster to go through than OpenTelemetry's own mapping."""
    if not attributes:
        return {}
    copied = getattr(attributes, "copy", None)
    return cast(Mapping[str, Any], copied() if copied else dict(attributes))


def _failed(error: Exception) -> str:
    """What stands for a text that could not be looked at."""
    complain("cannot scrub a value; it is replaced as a whole", error=error)
    return UNREADABLE
