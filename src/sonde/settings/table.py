"""What the tables of settings have in common: the names of a setting, and what it accepts in words."""

from __future__ import annotations

import difflib
import re
import types
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sonde.errors import SettingError
from sonde.settings.sdk import SdkSettings
from sonde.settings.server import Settings

Table = type[BaseModel]
TABLES: tuple[Table, ...] = (Settings, SdkSettings)
SECRET = ("api_key", "headers", "traces_headers", "logs_headers", "metrics_headers")

_WEB_ADDRESS = "an address that starts with http:// or https://"
_SWITCH = "true or false"


@dataclass(frozen=True)
class SettingName:
    """The names one setting goes by. `flag` is `sonde serve`'s, `argument` is `sonde.configure()`'s."""

    field: str
    flag: str
    env: str
    key: str
    argument: str
    otel: tuple[str, ...] = ()


def setting_names(table: Table = Settings) -> list[SettingName]:
    """The names of every setting, in the order of the table."""
    names: list[SettingName] = []
    for field, info in table.model_fields.items():
        extra: Any = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
        names.append(
            SettingName(
                field,
                f"--{field.replace('_', '-')}",
                f"SONDE_{field.upper()}",
                str(extra.get("key", field)),
                str(extra.get("argument", field)),
                tuple(extra.get("otel", ())),
            )
        )
    return names


def all_setting_names() -> list[SettingName]:
    """The names of every setting of the server and of the SDK; one that both have, once."""
    return list({name.env: name for table in reversed(TABLES) for name in setting_names(table)}.values())


def allowed(field: str, table: Table = Settings) -> str:
    """What a setting accepts, in words: `integer from 0 to 65535`."""
    info = table.model_fields[field]
    annotation: Any = info.annotation
    if get_origin(annotation) is Literal:
        return " or ".join(str(choice) for choice in get_args(annotation))
    if field == "store":
        return "chdb:///path or clickhouse://user:password@host:port/database"
    if field == "url" or field.endswith("endpoint"):
        return _WEB_ADDRESS
    if field == "instrument":
        return f"{_SWITCH} or list of texts"
    if field == "scrub_patterns":
        return "list of regular expressions"
    choices = get_args(get_args(annotation)[0]) if get_origin(annotation) is tuple else ()
    if choices:
        return f"list of {', '.join(str(choice) for choice in choices)}"
    optional = get_origin(annotation) in (Union, types.UnionType)
    if optional:
        annotated = get_args(annotation)[0]
        annotation, rules = get_args(annotated)[0], [*info.metadata, *get_args(annotated)[1:]]
    else:
        rules = info.metadata
    nouns: dict[object, str] = {int: "integer", float: "number", str: "text", Path: "path", bool: _SWITCH}
    noun = nouns.get(annotation, "pairs" if get_origin(annotation) is dict else "list of texts")
    return noun + _bounds(rules)


def _bounds(rules: list[Any]) -> str:
    bound: dict[str, Any] = {}
    for rule in rules:
        for part in rule.metadata if isinstance(rule, FieldInfo) else [rule]:
            bound |= {
                name: getattr(part, name)
                for name in ("gt", "ge", "le", "pattern")
                if getattr(part, name, None) is not None
            }
    words = ""
    if "ge" in bound:
        words += f" from {bound['ge']}"
    if "gt" in bound:
        words += f" above {bound['gt']}"
    if "le" in bound:
        words += f" to {bound['le']}" if "ge" in bound else f", at most {bound['le']}"
    if "pattern" in bound:
        words += f" that matches {bound['pattern']}"
    return words


def not_allowed(table: Table, field: str, value: object, origin: str) -> SettingError:
    """The error that names the setting, the value, what is allowed and where it was set."""
    # A key or a password in a DSN must not end up in a terminal's scroll-back or a log.
    shown = "(hidden)" if field in SECRET else re.sub(r"(://[^:/@]*:)[^@]*@", r"\1***@", repr(value))
    return SettingError(
        f"cannot use {shown} for setting {field}: allowed is {allowed(field, table)} (set by {origin})",
        hint=table.model_fields[field].description or "",
    )


def unknown_key(key: str, path: Path | None) -> SettingError:
    """The error of a key in the file that is nobody's, with the one that was meant."""
    known = [name.key for name in all_setting_names()]
    close = difflib.get_close_matches(key, known, n=1)
    return SettingError(
        f"unknown setting {key!r} in {path}",
        hint=f"did you mean {close[0]!r}?" if close else f"known settings: {', '.join(known)}",
    )
