"""Where the SDK's settings come from: arguments, `SONDE_*`, `OTEL_*`, `sonde.toml`; in this order."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sonde.errors import SettingError
from sonde.settings import file
from sonde.settings.names import SettingName, not_allowed, run_pages_refused, sdk_setting_names
from sonde.settings.opentelemetry import from_opentelemetry
from sonde.settings.run_pages import FIELDS, run_pages
from sonde.settings.sdk import SDK
from sonde.settings.setting import pairs

_ARGUMENT: Final = "an argument"
_OURS: Final = "environment variable SONDE_"
_OTEL: Final = "environment variable OTEL_"
# Who names one endpoint, or a ratio, means it: what OpenTelemetry's variables say beside it does not count.
_REPLACED: Final = {
    "endpoint": ("traces_endpoint", "logs_endpoint", "metrics_endpoint"),
    "sampling_ratio": ("sampling_sampler",),
}


def load_sdk(
    arguments: Mapping[str, Any] | None = None, env: Mapping[str, str] | None = None
) -> tuple[dict[str, Any], list[SettingError]]:
    """The values that are set, by field name, as those of `arguments` are (there None means not given).

    A value that is not allowed is left out: a program must not fail because of its telemetry. What was
    wrong comes second.
    """
    env = os.environ if env is None else env
    unknown = (arguments or {}).keys() - SDK.keys()
    errors = [SettingError(f"configure() takes no setting {name!r}") for name in sorted(unknown)]
    path = file.find(env)
    try:
        from_file = file.read(path)
    except SettingError as error:
        from_file = {}
        errors.append(error)
    otel = from_opentelemetry(env)

    def sources(name: SettingName) -> Iterator[tuple[str, Any]]:
        yield _ARGUMENT, (arguments or {}).get(name.field)
        yield f"environment variable {name.env}", env.get(name.env) or None
        yield f"environment variable {' or '.join(name.otel)}", otel.get(name.field)
        yield f"{path}, key {name.key}", from_file.get(name.key)

    values: dict[str, Any] = {}
    origin: dict[str, str] = {}
    for name in sdk_setting_names():
        given = [(described, found) for described, found in sources(name) if found is not None]
        if given:
            origin[name.field], values[name.field] = given[0]
            if SDK[name.field].kind in ("headers", "attributes"):
                values[name.field] = _together([found for _, found in given])
    for said, replaced in _REPLACED.items():
        if origin.get(said, "").startswith((_ARGUMENT, _OURS)):
            for field in replaced:
                if origin.get(field, "").startswith(_OTEL):
                    del values[field]
    accepted: dict[str, Any] = {}
    for field, value in values.items():
        try:
            accepted[field] = SDK[field].accept(value)
        except (ValueError, TypeError, OverflowError):
            setting = SDK[field]
            wrong = not_allowed(field, value, setting.allowed, origin[field], setting.description)
            errors.append(SettingError(f"{wrong.message}; the default is used", hint=wrong.hint))
    try:
        run_pages({name: accepted.get(f"links_{name}", "") for name in FIELDS})
    except ValueError as error:
        errors.append(run_pages_refused(str(error), accepted, origin))
        for field in ("links_provider", "links_url_template"):
            accepted.pop(field, None)
    return accepted, errors


def _together(given: list[Any]) -> Any:
    """The pairs of all sources, the first of which wins; the first alone if one of them has no pairs."""
    both: dict[Any, Any] = {}
    try:
        for each in reversed(given):
            both.update(pairs(each) if isinstance(each, str) else each)
    except (ValueError, TypeError):
        return given[0]
    return both
