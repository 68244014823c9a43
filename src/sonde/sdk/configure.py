"""`sonde.configure()`, and the end of what it began."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from sonde.sdk import configuration as configurations
from sonde.sdk import runtime
from sonde.sdk.complaints import complain
from sonde.sdk.log_formats import blank_ids, watch

if TYPE_CHECKING:
    from sonde.sdk.configuration import Configuration
    from sonde.sdk.telemetry import Telemetry

_log: Final = logging.getLogger("sonde")
_lock = threading.RLock()
_telemetry: Telemetry | None = None
# The arguments of all calls up to now; of one that was given twice the last.
_given: Mapping[str, Any] = {}


def configure(
    *,
    service_name: str | None = None,
    service_version: str | None = None,
    environment: str | None = None,
    endpoint: str | None = None,
    headers: Mapping[str, str] | None = None,
    api_key: str | None = None,
    sample_ratio: float | None = None,
    always: Sequence[str] | None = None,
    keep_errors: bool | None = None,
    keep_slow_ms: float | None = None,
    console: bool | None = None,
    instrument: bool | Sequence[str] | None = None,
    capture_logs: bool | None = None,
    resource_attributes: Mapping[str, Any] | None = None,
    enabled: bool | None = None,
    spool_dir: str | os.PathLike[str] | None = None,
    scrub: bool | None = None,
    ai_content: bool | None = None,
    **settings: Any,
) -> None:
    """Begin to record and send what the program does. Never raises.

    Everything is optional, and every setting of the SDK is taken by its name with underscores
    (`export_interval_s=0.5`). What is not given comes from `SONDE_*`, then from OpenTelemetry's `OTEL_*`,
    then from `sonde.toml`, then from the defaults: all spans, logs and metrics go to the Sonde server on this
    machine, and every library that has an instrumentation is instrumented.

    Called again without arguments or with the same ones, nothing happens; with others, it changes to them,
    and what was given before and is not given now stays.
    """
    given: dict[str, Any] = {
        "service_name": service_name,
        "service_version": service_version,
        "environment": environment,
        "endpoint": endpoint,
        "headers": headers,
        "api_key": api_key,
        "sampling_ratio": sample_ratio,
        "sampling_always": always,
        "sampling_keep_errors": keep_errors,
        "sampling_keep_slow_ms": keep_slow_ms,
        "console": console,
        "instrument": instrument,
        "capture_logs": capture_logs,
        "resource_attributes": resource_attributes,
        "enabled": enabled,
        "spool_dir": spool_dir,
        "scrub_enabled": scrub,
        "ai_content": ai_content,
        **settings,
    }
    try:
        if isinstance(spool_dir, os.PathLike):
            given["spool_dir"] = os.fspath(spool_dir)
        with _lock:
            _configure({name: value for name, value in given.items() if value is not None})
    except Exception as error:
        complain("cannot configure telemetry, nothing is recorded: %s", error, error=error)


def flush(timeout_s: float = 5) -> bool:
    """Send everything that was recorded up to now; false if that did not work within `timeout_s` seconds."""
    return _telemetry is None or _telemetry.exporter.flush(timeout_s)


def shutdown(timeout_s: float = 5) -> None:
    """Send everything and stop: nothing is recorded any more. Programs that end need not call it."""
    if _telemetry is not None:
        _telemetry.end(timeout_s)
        runtime.install(runtime.SILENT)


def configured() -> Telemetry | None:
    """What the first call of `configure()` made; None before it, or where `enabled` is false."""
    return _telemetry


def _configure(given: Mapping[str, Any]) -> None:
    global _telemetry, _given
    _given = {**_given, **given}
    configuration, wrong = configurations.read(_given)
    for message in wrong:
        complain(message)
    if _telemetry is not None:
        _change(_telemetry, configuration, given)
        return
    configurations.use(configuration)
    if not configuration.enabled:
        runtime.install(runtime.SILENT)
        # A text format that shows the ids of spans goes on working.
        watch(blank_ids)
        return
    from sonde.sdk.concurrency import carry_context
    from sonde.sdk.telemetry import Telemetry

    telemetry = Telemetry(configuration)
    telemetry.join_providers()
    _telemetry = telemetry
    runtime.install(telemetry.runtime())
    carry_context()
    telemetry.begin()


def _change(telemetry: Telemetry, configuration: Configuration, given: Mapping[str, Any]) -> None:
    different = telemetry.configuration.differences(configuration) if given else []
    if not configuration.enabled:
        telemetry.end()
        runtime.install(runtime.SILENT)
    elif different or telemetry.exporter.ended:
        telemetry.apply(configuration)
    else:
        return
    configurations.use(configuration)
    _log.info("telemetry is configured anew: %s", ", ".join(different) or "begins again")
