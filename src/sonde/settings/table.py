"""The table of the server's settings, in words, and all settings together."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from sonde.errors import SettingError
from sonde.settings import code_url, run_pages
from sonde.settings.names import SettingName, name_of, sdk_setting_names
from sonde.settings.server import Settings


def setting_names() -> list[SettingName]:
    """The names of every setting of the server, in the order of the table."""
    names: list[SettingName] = []
    for field, info in Settings.model_fields.items():
        extra: Any = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
        names.append(name_of(field, str(extra.get("key", ""))))
    return names


def all_setting_names() -> list[SettingName]:
    """The names of every setting of the server and of the SDK; one that both have, once."""
    return list({name.env: name for name in (*sdk_setting_names(), *setting_names())}.values())


def allowed(field: str) -> str:
    """What a setting of the server accepts, in words: `integer from 0 to 65535`."""
    info = Settings.model_fields[field]
    annotation = info.annotation
    if get_origin(annotation) is Literal:
        return " or ".join(str(choice) for choice in get_args(annotation) if choice)
    if field == "store":
        return "chdb:///path or clickhouse://user:password@host:port/database"
    if field in ("url", "upstash_url", "links_base_url"):
        return "an address that starts with http:// or https://"
    if field == "ui_code_url":
        return code_url.ALLOWED
    if field == "links_url_template":
        return run_pages.ALLOWED_TEMPLATE
    nouns: dict[object, str] = {int: "integer", float: "number", str: "text", Path: "path"}
    noun = nouns.get(annotation, "list of texts")
    return noun + _bounds(info)


def _bounds(info: FieldInfo) -> str:
    bound = {
        name: getattr(rule, name)
        for rule in info.metadata
        for name in ("gt", "ge", "le", "pattern")
        if getattr(rule, name, None) is not None
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


def unknown_key(key: str, path: Path | None) -> SettingError:
    """The error of a key in the file that is nobody's, with the one that was meant."""
    known = [name.key for name in all_setting_names()]
    close = difflib.get_close_matches(key, known, n=1)
    return SettingError(
        f"unknown setting {key!r} in {path}",
        hint=f"did you mean {close[0]!r}?" if close else f"known settings: {', '.join(known)}",
    )
