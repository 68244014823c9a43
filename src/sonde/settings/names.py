"""The names that a setting goes by, and how an error names it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sonde.errors import SettingError
from sonde.settings.sdk import SDK

SECRET: Final = frozenset(
    {
        "api_key",
        "upstash_token",
        "links_token_secret",
        *(setting.field for setting in SDK.values() if setting.kind == "headers"),
    }
)


@dataclass(frozen=True)
class SettingName:
    """The names one setting goes by. `flag` is `sonde serve`'s, `argument` is `sonde.configure()`'s."""

    field: str
    flag: str
    env: str
    key: str
    argument: str
    otel: tuple[str, ...] = ()


def name_of(field: str, key: str = "", argument: str = "", otel: tuple[str, ...] = ()) -> SettingName:
    """The names of the setting `field`; what is not given is the field's own name."""
    flag, env = f"--{field.replace('_', '-')}", f"SONDE_{field.upper()}"
    return SettingName(field, flag, env, key or field, argument or field, otel)


def sdk_setting_names() -> list[SettingName]:
    """The names of every setting of the SDK, in the order of the table."""
    return [name_of(each.field, each.key, each.argument, each.otel) for each in SDK.values()]


def not_allowed(field: str, value: object, allowed: str, origin: str, description: str) -> SettingError:
    """The error that names the setting, the value, what is allowed and where it was set."""
    # A key or a password in a DSN must not end up in a terminal's scroll-back or a log.
    shown = "(hidden)" if field in SECRET else re.sub(r"(://[^:/@]*:)[^@]*@", r"\1***@", repr(value))
    return SettingError(
        f"cannot use {shown} for setting {field}: allowed is {allowed} (set by {origin})", hint=description
    )


def run_pages_refused(problem: str, values: Mapping[str, object], origin: Mapping[str, str]) -> SettingError:
    """The error of settings that together make no address of a run's page."""
    field = "links_url_template" if values.get("links_url_template") else "links_provider"
    where = f" (set by {origin[field]})" if field in origin else ""
    return SettingError(
        f"cannot use {values.get(field)!r} for setting {field}: {problem}{where}",
        hint="the variables are SONDE_LINKS_ORG, SONDE_LINKS_PROJECT, SONDE_LINKS_ENV, SONDE_LINKS_BASE_URL",
    )
