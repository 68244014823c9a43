"""What is wrong with a request, in words of the API: from what validation found in parameters or body."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, get_args

from pydantic import AliasChoices, BaseModel
from pydantic.fields import FieldInfo

from sonde.errors import BadRequest

_SHOWN_CHARS: Final = 100
_SHOWN_ITEMS: Final = 20

# Errors that say that a value is of another kind: of several, for a body that may be either of two kinds, the
# others tell more.
_KINDS: Final = {
    "model_attributes_type": "a JSON object",
    "model_type": "a JSON object",
    "dict_type": "a JSON object",
    "list_type": "a list",
}
_MUST_BE: Final = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "string_too_long": "at most {max_length} characters long",
    "too_long": "a list of at most {max_length}",
    "greater_than_equal": "at least {ge}",
    "greater_than": "more than {gt}",
    "less_than_equal": "at most {le}",
    "less_than": "less than {lt}",
    "enum": "{expected}",
    "literal_error": "{expected}",
}


def refusal(errors: Sequence[Any], body_type: object = None) -> BadRequest:
    """The answer to a request with these errors (pydantic's, at least one), which name the value, where it
    stands and what it must be. `body_type` is the annotation of the body: the hint says what it has."""
    first = min(errors, key=lambda each: (each["type"] in _KINDS, -len(each["loc"])))
    loc: tuple[int | str, ...] = first["loc"]
    is_of_body = loc[:1] == ("body",)
    hint = (_shape(body_type) if is_of_body else "") or "/api/v1/openapi.json lists the API"
    return BadRequest(_message(first, errors, is_of_body), hint=hint)


def _message(error: Mapping[str, Any], errors: Sequence[Any], is_of_body: bool) -> str:
    kind, given, context = error["type"], error.get("input"), error.get("ctx", {})
    name = _name(error["loc"])
    if kind == "json_invalid":
        return f"cannot read the body: it is no JSON, at character {error['loc'][-1]}: {context['error']}"
    if isinstance(given, bytes):
        return "cannot read the body: its content type is not application/json"
    if kind == "missing":
        if not name:
            return "cannot do without a body: none was sent"
        return f"cannot do without {name}: {'the body' if is_of_body else 'the request'} lacks it"
    if kind == "extra_forbidden":
        return f"cannot use {name}: no field has that name"
    wanted = " or ".join(_wanted(error, errors))
    return f"cannot use {_shown(given)} for {name or 'the body'}: {wanted}"


def _wanted(error: Mapping[str, Any], errors: Sequence[Any]) -> Iterator[str]:
    kind, context = error["type"], error.get("ctx", {})
    if kind in _KINDS:
        alike = [
            each for each in errors if each["type"] in _KINDS and _name(each["loc"]) == _name(error["loc"])
        ]
        yield "it must be " + " or ".join(dict.fromkeys(_KINDS[each["type"]] for each in alike))
    elif kind in _MUST_BE:
        yield f"it must be {_MUST_BE[kind].format(**context)}"
    elif kind in ("string_too_short", "too_short"):
        least = context["min_length"]
        yield "it must not be empty" if least == 1 else f"it must have at least {least}"
    else:
        yield str(error["msg"]).removeprefix("Value error, ")


def _name(loc: Sequence[int | str]) -> str:
    """The place as the request has it, e.g. `entities[3].id`, without classes of the server."""
    made = ""
    for part in loc:
        if isinstance(part, int):
            made += f"[{part}]"
        elif part not in ("query", "path", "body") and "[" not in part and not part[:1].isupper():
            made += f".{part}" if made else part
    return made


def _shown(value: object) -> str:
    if isinstance(value, list | tuple) and len(value) > _SHOWN_ITEMS:
        return f"a list of {len(value)}"
    text = repr(value[: 2 * _SHOWN_CHARS] if isinstance(value, str) else value)
    if len(text) <= _SHOWN_CHARS:
        return text
    return f"{text[:_SHOWN_CHARS]}…" + (f" ({len(value)} characters)" if isinstance(value, str) else "")


def _shape(body_type: object) -> str:
    model = next(_models(body_type), None)
    if model is None:
        return ""
    fields = [(_alias(name, field), field.is_required()) for name, field in model.model_fields.items()]
    needed, others = ([name for name, is_needed in fields if is_needed is wanted] for wanted in (True, False))
    said = "the body is a JSON object" + (f" with {_listed(needed)}" if needed else "")
    said += f"{'; it' if needed else ' that'} may have {_listed(others)}" if others else ""
    return said + ("; or a list of such objects" if "list[" in str(body_type) else "")


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def _alias(name: str, field: FieldInfo) -> str:
    found = field.validation_alias
    return str(found.choices[0]) if isinstance(found, AliasChoices) else str(found or name)


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
