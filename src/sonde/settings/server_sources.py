"""Where the server's settings come from: flags, the environment, `sonde.toml`, the default; in this order."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sonde.errors import SettingError
from sonde.settings import file
from sonde.settings.names import not_allowed, run_pages_refused
from sonde.settings.server import Settings
from sonde.settings.table import all_setting_names, allowed, setting_names, unknown_key


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
    path = file.find(env, config_file)
    from_file = file.read(path)
    unknown = from_file.keys() - {name.key for name in all_setting_names()}
    if unknown:
        raise unknown_key(min(unknown), path)

    values: dict[str, Any] = {}
    origin: dict[str, str] = {}
    for name in setting_names():
        for source, found in (
            (f"flag {name.flag}", (flags or {}).get(name.field)),
            (f"environment variable {name.env}", env.get(name.env) or None),
            (f"{path}, key {name.key}", from_file.get(name.key)),
        ):
            if found is not None and name.field not in values:
                values[name.field] = found
                origin[name.field] = source
    try:
        settings = Settings(**values).sourced(origin)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0])
        hint = Settings.model_fields[field].description or ""
        problem = str(first.get("ctx", {}).get("error", ""))
        if problem not in ("", allowed(field)):
            hint = f"{problem}. {hint}"
        raise not_allowed(field, values[field], allowed(field), origin[field], hint) from None
    if settings.query_default_limit > settings.query_max_limit:
        field = "query_default_limit" if "query_default_limit" in values else "query_max_limit"
        raise SettingError(
            f"cannot use {values[field]!r} for setting {field}: the default limit "
            f"{settings.query_default_limit} is above the largest limit {settings.query_max_limit} "
            f"(set by {origin[field]})",
            hint="give both query_default_limit and query_max_limit, the first not above the second",
        )
    try:
        _ = settings.run_pages
    except ValueError as error:
        raise run_pages_refused(str(error), values, origin) from None
    return settings
