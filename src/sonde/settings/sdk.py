"""The settings of the SDK."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import unquote

from pydantic import BaseModel, ConfigDict, Field, field_validator

_SWITCHES = ("true", "false", "1", "0", "on", "off", "yes", "no")

PAIRS = ("resource_attributes", "headers", "traces_headers", "logs_headers", "metrics_headers")

Ratio = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]


class SdkSettings(BaseModel):
    """What `sonde.configure()` reads. The field `sampling_ratio` is the variable `SONDE_SAMPLING_RATIO`
    and, by its `key`, `sampling.ratio` of `sonde.toml`; as an argument it goes by its `argument`, else by its
    own name. Its `otel` names variables of OpenTelemetry that say the same; they count after `SONDE_*`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool = Field(
        True,
        description="Off: the SDK does nothing at all.",
        json_schema_extra={"otel": ["OTEL_SDK_DISABLED"]},
    )
    url: str = Field(
        "", description="Server that commands ask. Telemetry goes there where no endpoint is set."
    )
    api_key: str = Field("", description="Key that commands and clients send.")
    service_name: str = Field(
        "",
        description="Name of the service. Empty: the program's name.",
        json_schema_extra={"otel": ["OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES"]},
    )
    service_version: str = Field(
        "",
        description="Version of the service.",
        json_schema_extra={"otel": ["OTEL_RESOURCE_ATTRIBUTES"]},
    )
    environment: str = Field(
        "",
        description="Where it runs: `production`, `staging`, …",
        json_schema_extra={"otel": ["OTEL_RESOURCE_ATTRIBUTES"]},
    )
    resource_attributes: dict[str, Any] = Field(
        default_factory=dict,
        description="More attributes of the resource. As a variable: `name=value`, separated by commas.",
        json_schema_extra={"otel": ["OTEL_RESOURCE_ATTRIBUTES"]},
    )
    endpoint: str = Field(
        "",
        description="Where telemetry goes, e.g. `http://127.0.0.1:4318`; the paths `/v1/traces`, `/v1/logs` "
        "and `/v1/metrics` are appended. Empty: the server of the setting `url`, else one on this machine.",
        json_schema_extra={"otel": ["OTEL_EXPORTER_OTLP_ENDPOINT"]},
    )
    traces_endpoint: str = Field(
        "",
        description="Where spans go, if not to `endpoint`; nothing is appended.",
        json_schema_extra={"otel": ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"]},
    )
    logs_endpoint: str = Field(
        "",
        description="Where logs go, if not to `endpoint`; nothing is appended.",
        json_schema_extra={"otel": ["OTEL_EXPORTER_OTLP_LOGS_ENDPOINT"]},
    )
    metrics_endpoint: str = Field(
        "",
        description="Where metrics go, if not to `endpoint`; nothing is appended.",
        json_schema_extra={"otel": ["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"]},
    )
    headers: dict[str, str] = Field(
        default_factory=dict,
        description="Headers of every request, e.g. a vendor's key. As a variable: `name=value`, separated "
        "by commas, values percent-encoded.",
        json_schema_extra={"otel": ["OTEL_EXPORTER_OTLP_HEADERS"]},
    )
    traces_headers: dict[str, str] = Field(
        default_factory=dict,
        description="Headers of requests with spans, beside `headers`.",
        json_schema_extra={"otel": ["OTEL_EXPORTER_OTLP_TRACES_HEADERS"]},
    )
    logs_headers: dict[str, str] = Field(
        default_factory=dict,
        description="Headers of requests with logs, beside `headers`.",
        json_schema_extra={"otel": ["OTEL_EXPORTER_OTLP_LOGS_HEADERS"]},
    )
    metrics_headers: dict[str, str] = Field(
        default_factory=dict,
        description="Headers of requests with metrics, beside `headers`.",
        json_schema_extra={"otel": ["OTEL_EXPORTER_OTLP_METRICS_HEADERS"]},
    )
    protocol: Literal["http/protobuf", "grpc"] = Field(
        "http/protobuf",
        description="How telemetry is sent. `grpc` needs the package `grpcio`.",
        json_schema_extra={"otel": ["OTEL_EXPORTER_OTLP_PROTOCOL"]},
    )
    console: bool = Field(False, description="Print spans as a tree on standard error, for development.")
    instrument: bool | tuple[str, ...] = Field(
        True,
        description="Which libraries to instrument: all that are installed (`true`), none (`false`), or "
        "a list of names.",
    )
    capture_logs: bool = Field(True, description="Send the records of `logging` with their trace.")
    code_places: bool = Field(
        True, description="Say on spans of Sonde's own API where in the program they were made."
    )
    signals: tuple[Literal["traces", "logs", "metrics"], ...] = Field(
        ("traces", "logs", "metrics"),
        description="What is sent at all.",
        json_schema_extra={"otel": ["OTEL_TRACES_EXPORTER", "OTEL_LOGS_EXPORTER", "OTEL_METRICS_EXPORTER"]},
    )
    sampling_ratio: Ratio = Field(
        1.0,
        description="Share of traces that is kept. 0.1 is what we suggest for production.",
        json_schema_extra={
            "key": "sampling.ratio",
            "argument": "sample_ratio",
        },
    )
    sampling_sampler: str = Field(
        "",
        description="A sampler by OpenTelemetry's name, with its argument, e.g. `traceidratio=0.1`; it takes "
        "the place of the ratio.",
        json_schema_extra={
            "key": "sampling.sampler",
            "otel": ["OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG"],
        },
    )
    sampling_always: tuple[str, ...] = Field(
        (),
        description="Spans whose trace is always kept, by name; `*` matches any run of characters.",
        json_schema_extra={"key": "sampling.always", "argument": "always"},
    )
    sampling_keep_errors: bool = Field(
        True,
        description="Keep a trace in which something failed although the ratio said no.",
        json_schema_extra={"key": "sampling.keep_errors", "argument": "keep_errors"},
    )
    sampling_keep_slow_ms: Positive | None = Field(
        None,
        description="Keep a trace that took longer than this, in milliseconds, although the ratio said no.",
        json_schema_extra={"key": "sampling.keep_slow_ms", "argument": "keep_slow_ms"},
    )
    sampling_memory_mb: Positive = Field(
        16,
        description="Memory for traces that may yet turn out to be kept, in MiB.",
        json_schema_extra={"key": "sampling.memory_mb"},
    )
    export_queue_max: Count = Field(
        8192,
        description="Most records of a signal that wait to be sent; what comes above it is dropped and "
        "counted.",
        json_schema_extra={"key": "export.queue_max", "otel": ["OTEL_BSP_MAX_QUEUE_SIZE"]},
    )
    export_queue_mb: Positive = Field(
        16,
        description="Most memory that waiting records of a signal take, in MiB (estimated).",
        json_schema_extra={"key": "export.queue_mb"},
    )
    export_batch: Count = Field(
        512,
        description="Most records in one request.",
        json_schema_extra={"key": "export.batch", "otel": ["OTEL_BSP_MAX_EXPORT_BATCH_SIZE"]},
    )
    export_interval_s: Positive = Field(
        1,
        description="Longest time a record waits for others before it is sent, in seconds.",
        json_schema_extra={"key": "export.interval_s", "otel": ["OTEL_BSP_SCHEDULE_DELAY"]},
    )
    export_timeout_s: Positive = Field(
        10,
        description="Longest time one request may take, in seconds.",
        json_schema_extra={"key": "export.timeout_s", "otel": ["OTEL_EXPORTER_OTLP_TIMEOUT"]},
    )
    export_exit_timeout_s: Annotated[float, Field(ge=0)] = Field(
        5,
        description="Longest time a program's end waits for its telemetry to be sent, in seconds.",
        json_schema_extra={"key": "export.exit_timeout_s"},
    )
    export_retry_s: Annotated[float, Field(ge=0)] = Field(
        300,
        description="How long a batch is tried again that a backend could not take, in seconds; then it is "
        "dropped and counted, or goes to the spool.",
        json_schema_extra={"key": "export.retry_s"},
    )
    export_compression: Literal["auto", "gzip", "none"] = Field(
        "auto",
        description="Compression of requests. `auto`: gzip, unless the backend is on this machine.",
        json_schema_extra={"key": "export.compression", "otel": ["OTEL_EXPORTER_OTLP_COMPRESSION"]},
    )
    export_certificate: str = Field(
        "",
        description="File of certificates to trust, instead of the system's.",
        json_schema_extra={"key": "export.certificate", "otel": ["OTEL_EXPORTER_OTLP_CERTIFICATE"]},
    )
    export_client_certificate: str = Field(
        "",
        description="File of the certificate to show to the backend.",
        json_schema_extra={
            "key": "export.client_certificate",
            "otel": ["OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"],
        },
    )
    export_client_key: str = Field(
        "",
        description="File of that certificate's key.",
        json_schema_extra={"key": "export.client_key", "otel": ["OTEL_EXPORTER_OTLP_CLIENT_KEY"]},
    )
    metrics_interval_s: Positive = Field(
        15,
        description="How often metrics are sent, in seconds.",
        json_schema_extra={"key": "metrics.interval_s", "otel": ["OTEL_METRIC_EXPORT_INTERVAL"]},
    )
    metrics_temporality: Literal["cumulative", "delta", "lowmemory"] = Field(
        "cumulative",
        description="Whether counters are sent as totals or as differences; Datadog wants `delta`.",
        json_schema_extra={
            "key": "metrics.temporality",
            "otel": ["OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"],
        },
    )
    metrics_process: bool = Field(
        True,
        description="Measure the process: CPU, memory, threads, garbage collection, open files.",
        json_schema_extra={"key": "metrics.process"},
    )
    spool_dir: str = Field(
        "",
        description="Folder for what cannot be sent, to be sent later, also by a later process. Empty: none.",
        json_schema_extra={"key": "spool.dir"},
    )
    spool_max_mb: Positive = Field(
        64, description="Largest spool, in MiB.", json_schema_extra={"key": "spool.max_mb"}
    )
    sink_batch_size: Count = Field(
        100,
        description="Records of the sink are sent by so many.",
        json_schema_extra={"key": "sink.batch_size"},
    )
    sink_flush_interval_s: Positive = Field(
        1,
        description="Longest time a record of the sink waits, in seconds.",
        json_schema_extra={"key": "sink.flush_interval_s"},
    )
    sink_synchronous: bool = Field(
        False,
        description="Send each record of the sink before `sonde.record` returns, for tests.",
        json_schema_extra={"key": "sink.synchronous"},
    )
    scrub_enabled: bool = Field(
        True,
        description="Take secrets out of attributes, bodies and messages before they are sent.",
        json_schema_extra={"key": "scrub.enabled", "argument": "scrub"},
    )
    scrub_keys: tuple[str, ...] = Field(
        (),
        description="Names of attributes whose values are secret, beside those known.",
        json_schema_extra={"key": "scrub.keys"},
    )
    scrub_patterns: tuple[str, ...] = Field(
        (),
        description="Regular expressions of secret text, beside those known.",
        json_schema_extra={"key": "scrub.patterns"},
    )
    scrub_emails: bool = Field(
        False, description="Take e-mail addresses out too.", json_schema_extra={"key": "scrub.emails"}
    )
    ai_content: bool = Field(
        False,
        description="Keep the text of prompts and completions.",
        json_schema_extra={"key": "ai.content"},
    )
    ai_max_chars: Count = Field(
        8192,
        description="Longest prompt or completion, in characters; the rest is cut off, with a mark.",
        json_schema_extra={"key": "ai.max_chars"},
    )

    @field_validator("sampling_always", "scrub_keys", "signals", mode="before")
    @classmethod
    def _split_commas(cls, value: object) -> object:
        return _parts(value) if isinstance(value, str) else value

    @field_validator("scrub_patterns", mode="before")
    @classmethod
    def _one_pattern_or_many(cls, value: object) -> object:
        # A comma is part of many a pattern.
        return tuple(line for line in value.splitlines() if line) if isinstance(value, str) else value

    @field_validator("scrub_patterns", mode="after")
    @classmethod
    def _compiles(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            for pattern in value:
                re.compile(pattern)
        except re.error as error:
            raise ValueError(str(error)) from None
        return value

    @field_validator("instrument", mode="before")
    @classmethod
    def _switch_or_list(cls, value: object) -> object:
        if isinstance(value, str) and value.lower() not in (
            "true",
            "false",
            "1",
            "0",
            "on",
            "off",
            "yes",
            "no",
        ):
            return _parts(value)
        return value

    @field_validator(*PAIRS, mode="before")
    @classmethod
    def _pairs(cls, value: object) -> object:
        return pairs(value) if isinstance(value, str) else value

    @field_validator("url", "endpoint", "traces_endpoint", "logs_endpoint", "metrics_endpoint", mode="after")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if value and not re.match(r"https?://[^/]", value):
            raise ValueError("an address that starts with http:// or https://")
        return value


def pairs(text: str) -> Mapping[str, str]:
    """`a=1,b=x%20y` as a mapping (W3C baggage's format, as OpenTelemetry's variables have it)."""
    found: dict[str, str] = {}
    for part in _parts(text):
        name, equals, value = part.partition("=")
        if not equals or not name.strip():
            raise ValueError(f"{part!r} is not name=value")
        found[name.strip()] = unquote(value.strip())
    return found


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
