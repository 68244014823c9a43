"""OpenTelemetry's variables that say what a setting of the SDK says.

Source: OpenTelemetry specification, "Environment Variable Specification" and "OTLP Exporter
Configuration"; times are in milliseconds, but `OTEL_EXPORTER_OTLP_TIMEOUT` is in seconds as Python's
exporters have it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sonde import semconv
from sonde.settings.setting import pairs

_SAME: Final = {
    "endpoint": "OTEL_EXPORTER_OTLP_ENDPOINT",
    "traces_endpoint": "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "logs_endpoint": "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
    "metrics_endpoint": "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
    "headers": "OTEL_EXPORTER_OTLP_HEADERS",
    "traces_headers": "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
    "logs_headers": "OTEL_EXPORTER_OTLP_LOGS_HEADERS",
    "metrics_headers": "OTEL_EXPORTER_OTLP_METRICS_HEADERS",
    "export_timeout_s": "OTEL_EXPORTER_OTLP_TIMEOUT",
    "export_certificate": "OTEL_EXPORTER_OTLP_CERTIFICATE",
    "export_client_certificate": "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
    "export_client_key": "OTEL_EXPORTER_OTLP_CLIENT_KEY",
    "export_queue_max": "OTEL_BSP_MAX_QUEUE_SIZE",
    "export_batch": "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
}
_LOWER_CASE: Final = {
    "export_compression": "OTEL_EXPORTER_OTLP_COMPRESSION",
    "metrics_temporality": "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
}
_MILLISECONDS: Final = {
    "export_interval_s": "OTEL_BSP_SCHEDULE_DELAY",
    "metrics_interval_s": "OTEL_METRIC_EXPORT_INTERVAL",
}
# What the instrumentations of AI clients ask; which of these it is makes no difference to Sonde.
_AI_CONTENT: Final = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
_AI_CONTENT_ON: Final = frozenset({"true", "1", "span_only", "event_only", "span_and_event"})
_EXPORTERS: Final = {
    "traces": "OTEL_TRACES_EXPORTER",
    "logs": "OTEL_LOGS_EXPORTER",
    "metrics": "OTEL_METRICS_EXPORTER",
}


def from_opentelemetry(env: Mapping[str, str]) -> dict[str, Any]:
    """Values of the SDK's settings by field name, for the variables that are set."""
    found: dict[str, Any] = {field: env[name] for field, name in _SAME.items() if env.get(name)}
    found |= {field: env[name].strip().lower() for field, name in _LOWER_CASE.items() if env.get(name)}
    for field, name in _MILLISECONDS.items():
        if env.get(name):
            found[field] = _seconds(env[name])
    if env.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        found["enabled"] = False
    if env.get(_AI_CONTENT):
        found["ai_content"] = env[_AI_CONTENT].strip().lower() in _AI_CONTENT_ON
    if env.get("OTEL_EXPORTER_OTLP_PROTOCOL"):
        # JSON over HTTP is not sent from Python; every endpoint that takes it takes protobuf.
        given = env["OTEL_EXPORTER_OTLP_PROTOCOL"].strip().lower()
        found["protocol"] = "http/protobuf" if given == "http/json" else given
    if found.get("protocol") == "grpc":
        scheme = "http" if env.get("OTEL_EXPORTER_OTLP_INSECURE", "").strip().lower() == "true" else "https"
        for field in ("endpoint", "traces_endpoint", "logs_endpoint", "metrics_endpoint"):
            if "://" not in found.get(field, "://"):
                found[field] = f"{scheme}://{found[field]}"
    return found | _resource(env) | _sampler(env) | _exporters(env)


def _seconds(milliseconds: str) -> object:
    try:
        return float(milliseconds) / 1000
    except ValueError:
        return milliseconds


def _resource(env: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    text = env.get("OTEL_RESOURCE_ATTRIBUTES")
    if text:
        try:
            attributes = dict(pairs(text))
        except ValueError:
            return {"resource_attributes": text}
        found["resource_attributes"] = attributes
        for field, names in (
            ("service_name", (semconv.SERVICE_NAME,)),
            ("service_version", (semconv.SERVICE_VERSION,)),
            ("environment", (semconv.ENVIRONMENT, "deployment.environment")),
        ):
            value = next((attributes[name] for name in names if attributes.get(name)), None)
            if value:
                found[field] = value
    if env.get("OTEL_SERVICE_NAME"):
        found["service_name"] = env["OTEL_SERVICE_NAME"]
    return found


def _sampler(env: Mapping[str, str]) -> dict[str, Any]:
    name, argument = (
        env.get("OTEL_TRACES_SAMPLER", "").strip(),
        env.get("OTEL_TRACES_SAMPLER_ARG", "").strip(),
    )
    if not name:
        return {}
    return {"sampling_sampler": f"{name}={argument}" if argument else name}


def _exporters(env: Mapping[str, str]) -> dict[str, Any]:
    chosen = {signal: env.get(name, "").strip().lower() for signal, name in _EXPORTERS.items()}
    found: dict[str, Any] = {}
    if any(chosen.values()):
        off = {signal for signal, exporter in chosen.items() if exporter in ("none", "console")}
        found["signals"] = tuple(signal for signal in chosen if signal not in off)
    if "console" in chosen["traces"]:
        found["console"] = True
    return found
