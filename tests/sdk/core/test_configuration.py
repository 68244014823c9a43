from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from sonde.sdk.configuration import DEFAULTS, Configuration, read
from sonde.settings import SDK, load_sdk


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def configuration(arguments: Mapping[str, Any] | None = None, /, **env: str) -> Configuration:
    values, errors = load_sdk(arguments, env)
    assert errors == []
    return Configuration(**values)


def test_the_table_and_the_plain_values_have_the_same_names_and_defaults() -> None:
    assert [each.name for each in fields(Configuration)] == list(SDK)
    assert Configuration(**{field: setting.default for field, setting in SDK.items()}) == DEFAULTS
    assert configuration() == DEFAULTS


def test_every_setting_has_help_says_what_it_accepts_and_accepts_its_default() -> None:
    for field, setting in SDK.items():
        assert setting.description, field
        assert setting.allowed, field
        assert setting.accept(setting.default) == setting.default, field


def test_an_argument_wins_over_ours_that_over_opentelemetrys_and_that_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "sonde.toml").write_text('service_name = "file"\n')
    otel = {"OTEL_SERVICE_NAME": "otel"}
    ours = {**otel, "SONDE_SERVICE_NAME": "ours"}
    assert configuration().service_name == "file"
    assert configuration(**otel).service_name == "otel"
    assert configuration(**ours).service_name == "ours"
    assert configuration({"service_name": "argument"}, **ours).service_name == "argument"


def test_keys_of_the_server_in_the_file_are_no_concern_of_the_sdk(tmp_path: Path) -> None:
    (tmp_path / "sonde.toml").write_text("http_port = 'wrong'\nmisspelt = 1\n[sampling]\nratio = 0.5\n")
    assert configuration().sampling_ratio == 0.5


def test_a_file_that_cannot_be_read_is_told_and_the_rest_holds(tmp_path: Path) -> None:
    (tmp_path / "sonde.toml").write_text("service_name = ")
    values, errors = load_sdk({}, {"SONDE_ENVIRONMENT": "test"})
    assert values == {"environment": "test"}
    assert "sonde.toml" in errors[0].message


def test_attributes_and_headers_of_all_sources_come_together() -> None:
    made = configuration(
        {"resource_attributes": {"team": "blue"}, "headers": {"a": "1"}},
        OTEL_RESOURCE_ATTRIBUTES="team=red,region=eu",
        SONDE_HEADERS="a=2,b=x%20y",
    )
    assert made.resource_attributes == {"team": "blue", "region": "eu"}
    assert made.headers == {"a": "1", "b": "x y"}


def test_telemetry_goes_to_the_server_that_commands_ask_unless_an_endpoint_says_otherwise() -> None:
    assert configuration().address("traces") == "http://127.0.0.1:4318/v1/traces"
    assert configuration(SONDE_URL="http://sonde:1/").address("logs") == "http://sonde:1/v1/logs"
    assert (
        configuration(SONDE_URL="http://sonde:1", SONDE_ENDPOINT="http://other:2").address("metrics")
        == "http://other:2/v1/metrics"
    )


def test_an_endpoint_of_a_signal_is_used_as_it_is() -> None:
    made = configuration(
        OTEL_EXPORTER_OTLP_ENDPOINT="http://all:1", OTEL_EXPORTER_OTLP_TRACES_ENDPOINT="http://one:2/in"
    )
    assert made.address("traces") == "http://one:2/in"
    assert made.address("logs") == "http://all:1/v1/logs"


def test_the_path_of_an_endpoint_stays() -> None:
    made = configuration(
        SONDE_ENDPOINT="https://gateway.example/otlp/", SONDE_HEADERS="Authorization=Basic%20aWQ="
    )
    assert made.address("traces") == "https://gateway.example/otlp/v1/traces"
    assert made.headers_for("logs") == {"authorization": "Basic aWQ="}


def test_an_endpoint_of_ours_replaces_those_of_opentelemetry_for_each_signal() -> None:
    made = configuration(SONDE_ENDPOINT="http://ours:1", OTEL_EXPORTER_OTLP_TRACES_ENDPOINT="http://one:2/in")
    assert made.address("traces") == "http://ours:1/v1/traces"


@pytest.mark.parametrize(
    ("env", "field", "value"),
    [
        ({"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.1"}, "sampling_sampler", None),
        ({"OTEL_BSP_SCHEDULE_DELAY": "2500"}, "export_interval_s", 2.5),
        ({"OTEL_BSP_MAX_QUEUE_SIZE": "100"}, "export_queue_max", 100),
        ({"OTEL_METRIC_EXPORT_INTERVAL": "30000"}, "metrics_interval_s", 30),
        ({"OTEL_SDK_DISABLED": "TRUE"}, "enabled", False),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "http/json"}, "protocol", "http/protobuf"),
        ({"OTEL_LOGS_EXPORTER": "none"}, "signals", ("traces", "metrics")),
        ({"OTEL_TRACES_EXPORTER": "console,otlp"}, "console", True),
        ({"OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": "DELTA"}, "metrics_temporality", "delta"),
        ({"SONDE_INSTRUMENT": "false"}, "instrument", False),
        ({"SONDE_INSTRUMENT": "flask, redis"}, "instrument", ("flask", "redis")),
        ({"SONDE_SAMPLING_ALWAYS": "POST /checkout,payment.*"}, "sampling_always", None),
    ],
)
def test_variables_are_read(env: dict[str, str], field: str, value: object) -> None:
    expected = {
        "sampling_sampler": "traceidratio=0.1",
        "sampling_always": ("POST /checkout", "payment.*"),
    }.get(field, value)
    assert getattr(configuration(**env), field) == expected


def test_a_ratio_of_ours_replaces_opentelemetrys_sampler() -> None:
    made = configuration(OTEL_TRACES_SAMPLER="always_off", SONDE_SAMPLING_RATIO="0.5")
    assert (made.sampling_sampler, made.sampling_ratio) == ("", 0.5)


def test_an_address_without_a_scheme_is_one_of_grpc() -> None:
    env = {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4317"}
    assert configuration(**env).address("traces") == "https://collector:4317"
    assert configuration(**env, OTEL_EXPORTER_OTLP_INSECURE="true").base == "http://collector:4317"


def test_a_key_never_replaces_an_authorization_that_was_given() -> None:
    made = configuration({"api_key": "k"}, SONDE_HEADERS="Authorization=Basic%20x")
    assert made.headers_for("traces") == {"authorization": "Basic x"}
    assert configuration({"api_key": "k"}).headers_for("logs") == {"authorization": "Bearer k"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"sampling_ratio": 7}, "number from 0 to 1"),
        ({"export_batch": 0}, "integer from 1"),
        ({"sampling_keep_slow_ms": -1}, "number above 0"),
        ({"endpoint": "collector"}, "http://"),
        ({"headers": "no pairs"}, "(hidden)"),
        ({"scrub_patterns": ["("]}, "regular expressions"),
        ({"instrument": object()}, "true or false or list of texts"),
        ({"service_name": object()}, "text"),
    ],
)
def test_a_value_that_is_not_allowed_is_told_and_left_out(arguments: dict[str, Any], said: str) -> None:
    made, wrong = read(arguments)
    (message,) = wrong
    assert said in message
    assert "the default is used" in message
    assert made.differences(DEFAULTS) == []


@pytest.mark.parametrize(
    "given", ["http://backend:4318", "http://backend:4318/", "http://backend:4318/v1/traces"]
)
def test_an_endpoint_may_be_given_with_a_signals_path(given: str) -> None:
    made = configuration({"endpoint": given})
    assert made.address("traces") == "http://backend:4318/v1/traces"
    assert made.address("logs") == "http://backend:4318/v1/logs"


@pytest.mark.parametrize(
    "given", ["backend:4318", "http://backend:port", "http://[::1", "ftp://backend", "http://"]
)
def test_what_is_no_address_is_told_and_not_used(given: str) -> None:
    values, errors = load_sdk({"endpoint": given}, {})
    assert "endpoint" not in values
    assert "an address that starts with http:// or https://" in errors[0].message
