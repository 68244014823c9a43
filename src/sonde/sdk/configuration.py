"""What the SDK is set to, as plain values that every part of it reads at no cost."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final

LOCAL_SERVER: Final = "http://127.0.0.1:4318"
LOCAL_GRPC: Final = "http://127.0.0.1:4317"
_SIGNAL_PATH: Final = re.compile("/v1/(traces|logs|metrics)$")
LOCAL_HOSTS: Final = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Configuration:
    """Every setting of the SDK; what each means stands in the table `sonde.settings.SDK`."""

    enabled: bool = True
    url: str = ""
    api_key: str = ""
    service_name: str = ""
    service_version: str = ""
    environment: str = ""
    resource_attributes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    endpoint: str = ""
    traces_endpoint: str = ""
    logs_endpoint: str = ""
    metrics_endpoint: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    traces_headers: Mapping[str, str] = field(default_factory=dict[str, str])
    logs_headers: Mapping[str, str] = field(default_factory=dict[str, str])
    metrics_headers: Mapping[str, str] = field(default_factory=dict[str, str])
    protocol: str = "http/protobuf"
    console: bool = False
    instrument: bool | tuple[str, ...] = True
    capture_logs: bool = True
    code_places: bool = True
    signals: tuple[str, ...] = ("traces", "logs", "metrics")
    sampling_ratio: float = 1.0
    sampling_sampler: str = ""
    sampling_always: tuple[str, ...] = ()
    sampling_keep_errors: bool = True
    sampling_keep_slow_ms: float | None = None
    sampling_memory_mb: float = 16
    export_queue_max: int = 8192
    export_queue_mb: float = 16
    export_batch: int = 2048
    export_interval_s: float = 1
    export_timeout_s: float = 10
    export_exit_timeout_s: float = 5
    export_retry_s: float = 300
    export_compression: str = "auto"
    export_certificate: str = ""
    export_client_certificate: str = ""
    export_client_key: str = ""
    metrics_interval_s: float = 15
    metrics_temporality: str = "cumulative"
    metrics_process: bool = True
    spool_dir: str = ""
    spool_max_mb: float = 64
    sink_batch_size: int = 100
    sink_flush_interval_s: float = 1
    sink_synchronous: bool = False
    scrub_enabled: bool = True
    scrub_keys: tuple[str, ...] = ()
    scrub_patterns: tuple[str, ...] = ()
    scrub_emails: bool = False
    ai_content: bool = False
    ai_max_chars: int = 8192
    links_store: str = "auto"
    redis_url: str = ""
    upstash_url: str = ""
    upstash_token: str = ""
    links_namespace: str = "telemetry"
    links_ttl_days: float = 14
    links_timeout_s: float = 0.1
    links_entity_types: tuple[str, ...] = ()
    links_provider: str = ""
    links_url_template: str = ""
    links_base_url: str = ""
    links_org: str = ""
    links_project: str = ""
    links_env: str = ""

    @property
    def base(self) -> str:
        """Where telemetry goes, unless a signal has an endpoint of its own."""
        local = LOCAL_GRPC if self.protocol == "grpc" else LOCAL_SERVER
        # Backends tell their whole addresses, and that is what people copy.
        return _SIGNAL_PATH.sub("", (self.endpoint or self.url or local).rstrip("/"))

    def address(self, signal: str) -> str:
        """Where `traces`, `logs` or `metrics` go: a whole address for HTTP, the base for gRPC."""
        own = getattr(self, f"{signal}_endpoint")
        if own:
            return own
        return self.base if self.protocol == "grpc" else f"{self.base}/v1/{signal}"

    def headers_for(self, signal: str) -> dict[str, str]:
        """Headers of requests with `traces`, `logs` or `metrics`, in lower case."""
        given = {**self.headers, **getattr(self, f"{signal}_headers")}
        headers = {name.lower(): value for name, value in given.items()}
        if self.api_key:
            headers.setdefault("authorization", f"Bearer {self.api_key}")
        return headers

    def differences(self, other: Configuration) -> list[str]:
        """Names of the settings that are not the same in `other`."""
        return [each.name for each in fields(self) if getattr(self, each.name) != getattr(other, each.name)]


DEFAULTS: Final = Configuration()
_current = DEFAULTS


def current() -> Configuration:
    """What is in use; `DEFAULTS` until `configure()` was called."""
    return _current


def use(configuration: Configuration) -> None:
    """Make this the one in use."""
    global _current
    _current = configuration


def read(arguments: Mapping[str, Any]) -> tuple[Configuration, list[str]]:
    """A configuration from arguments (by field name; None means not given), environment and `sonde.toml`.

    Values that are not allowed are left at their default; what was wrong comes second.
    """
    from sonde.settings import load_sdk

    values, errors = load_sdk(arguments)
    return Configuration(**values), [error.message for error in errors]
