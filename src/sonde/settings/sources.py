"""Where settings come from: flags or arguments, the environment, `sonde.toml`, the default; in this order."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from sonde.errors import SettingError
from sonde.settings.opentelemetry import from_opentelemetry
from sonde.settings.sdk import PAIRS, SdkSettings, pairs
from sonde.settings.server import Settings
from sonde.settings.table import Table, all_setting_names, not_allowed, setting_names, unknown_key

_OTEL: Final = "environment variable OTEL"
_REPLACED: Final = {
    "endpoint": ("traces_endpoint", "logs_endpoint", "metrics_endpoint"),
    "sampling_ratio": ("sampling_sampler",),
}


def load(
    flags: Mapping[str, Any] | None = None,
    env: Mapping[str, str] | None = None,
    config_file: Path | None = None,
) -> Settings:
    """Settings from flags (by field name; None means not given), the environment and `sonde.toml`.

    The file is `config_file`, else `$SONDE_CONFIG`, else `./sonde.toml` where it exists. An empty
    environment variable counts as not set. The fields that were given are in `model_fields_set`.
    Raises SettingError, which names the setting, the value, what is allowed and where it was set.
    """
    env = os.environ if env is None else env
    path, from_file = _file(env, config_file)
    unknown = from_file.keys() - {name.key for name in all_setting_names()}
    if unknown:
        raise unknown_key(min(unknown), path)
    values, origin = _gather(
        Settings,
        [
            ((f"flag {name.flag}", (flags or {}).get(name.field)) for name in setting_names()),
            ((f"environment variable {name.env}", env.get(name.env) or None) for name in setting_names()),
            ((f"{path}, key {name.key}", from_file.get(name.key)) for name in setting_names()),
        ],
    )
    try:
        settings = Settings(**values)
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][0])
        raise not_allowed(Settings, field, values[field], origin[field]) from None
    if settings.query_default_limit > settings.query_max_limit:
        field = "query_default_limit" if "query_default_limit" in values else "query_max_limit"
        raise SettingError(
            f"cannot use {values[field]!r} for setting {field}: the default limit "
            f"{settings.query_default_limit} is above the largest limit {settings.query_max_limit} "
            f"(set by {origin[field]})",
            hint="give both query_default_limit and query_max_limit, the first not above the second",
        )
    return settings


def load_sdk(
    arguments: Mapping[str, Any] | None = None, env: Mapping[str, str] | None = None
) -> tuple[SdkSettings, list[SettingError]]:
    """The SDK's settings from arguments (by field name; None means not given), `SONDE_*`, `OTEL_*`, the file.

    A value that is not allowed is not used, the default is: a program must not fail because of its
    telemetry. What was wrong comes second.
    """
    env = os.environ if env is None else env
    errors: list[SettingError] = []
    try:
        path, from_file = _file(env, None)
    except SettingError as error:
        path, from_file = None, {}
        errors.append(error)
    otel = from_opentelemetry(env)
    names = setting_names(SdkSettings)
    values, origin = _gather(
        SdkSettings,
        [
            (("an argument", (arguments or {}).get(name.field)) for name in names),
            ((f"environment variable {name.env}", env.get(name.env) or None) for name in names),
            ((f"environment variable {' or '.join(name.otel)}", otel.get(name.field)) for name in names),
            ((f"{path}, key {name.key}", from_file.get(name.key)) for name in names),
        ],
    )
    for said, replaced in _REPLACED.items():
        # Who names one endpoint, or a ratio, means it: what OpenTelemetry's variables say beside it is older.
        if not origin.get(said, _OTEL).startswith((_OTEL, str(path))):
            for field in replaced:
                if origin.get(field, "").startswith(_OTEL):
                    del values[field]
    unknown = (arguments or {}).keys() - SdkSettings.model_fields.keys()
    errors += [SettingError(f"configure() takes no setting {name!r}") for name in sorted(unknown)]
    while True:
        try:
            return SdkSettings(**values), errors
        except ValidationError as error:
            field = str(error.errors()[0]["loc"][0])
            wrong = not_allowed(SdkSettings, field, values.pop(field), origin[field])
            errors.append(SettingError(f"{wrong.message}; the default is used", hint=wrong.hint))


def _gather(
    table: Table, sources: Iterable[Iterable[tuple[str, Any]]]
) -> tuple[dict[str, Any], dict[str, str]]:
    """For each field the first of the sources that has it, and that source's name; of pairs, those of all."""
    values: dict[str, Any] = {}
    origin: dict[str, str] = {}
    for source in sources:
        for name, (described, found) in zip(setting_names(table), source, strict=True):
            if found is None:
                continue
            if name.field not in values:
                values[name.field], origin[name.field] = found, described
            elif table is SdkSettings and name.field in PAIRS:
                values[name.field] = _together(values[name.field], found)
    return values, origin


def _together(stronger: object, weaker: object) -> object:
    """The pairs of both; the stronger alone where one of them has none."""
    try:
        both = [pairs(each) if isinstance(each, str) else each for each in (weaker, stronger)]
        return {**both[0], **both[1]}  # pyright: ignore -- TypeError is caught
    except (ValueError, TypeError):
        return stronger


def _file(env: Mapping[str, str], config_file: Path | None) -> tuple[Path | None, dict[str, Any]]:
    path = config_file or (Path(env["SONDE_CONFIG"]) if env.get("SONDE_CONFIG") else None)
    if path is None and Path("sonde.toml").is_file():
        path = Path("sonde.toml")
    return path, _read_toml(path) if path else {}


def _read_toml(path: Path) -> dict[str, Any]:
    """`sonde.toml` as dotted keys."""
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingError(f"cannot read settings: no file {path}") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingError(f"cannot read settings from {path}: {error}") from None
    known = {name.key for name in all_setting_names()}
    return dict(_flatten(tree, "", known))


def _flatten(tree: Mapping[str, Any], prefix: str, known: set[str]) -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = []
    for key, value in tree.items():
        dotted = f"{prefix}{key}"
        if isinstance(value, dict) and dotted not in known:
            pairs += _flatten(value, f"{dotted}.", known)
        else:
            pairs.append((dotted, value))
    return pairs
