"""The settings of the server and of the commands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, field_validator

from sonde.settings.code_url import check_code_url
from sonde.settings.run_pages import FIELDS, RunPages, check_template, run_pages

MIB = 1024 * 1024


class Settings(BaseModel):
    """All settings. The field `http_port` is the flag `--http-port`, the variable
    `SONDE_HTTP_PORT` and the key `http_port` of `sonde.toml`; a field with a `key` in its
    `json_schema_extra` has that dotted key instead (`query.default_limit`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data_dir: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("sonde", appauthor=False)),
        description="Folder that holds the journal, the embedded store and the keys.",
    )
    store: str = Field(
        "",
        description="Where telemetry is stored: `chdb:///path` (embedded) or "
        "`clickhouse://user:password@host:port/database`. Empty: embedded, below the data directory.",
    )
    host: str = Field("127.0.0.1", description="Address to listen on. Any but loopback needs a key.")
    http_port: Annotated[int, Field(ge=0, le=65535)] = Field(
        4318, description="Port of OTLP/HTTP, the API and the web page; 0 picks a free one."
    )
    grpc_port: Annotated[int, Field(ge=0, le=65535)] = Field(
        4317, description="Port of OTLP/gRPC; 0 picks a free one."
    )
    url: str = Field("", description="Server that commands ask, e.g. `http://127.0.0.1:4318`.")
    api_key: str = Field("", description="Key that commands and clients send.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="What the server writes to standard error."
    )
    cors_origins: tuple[str, ...] = Field(
        ("http://localhost:*", "http://127.0.0.1:*"),
        description="Origins whose browsers may send telemetry; `*` matches any run of characters. "
        "As a flag or variable: separated by commas.",
        json_schema_extra={"key": "receive.cors_origins"},
    )
    max_request_mb: Annotated[float, Field(gt=0, le=1024)] = Field(
        20,
        description="Largest request after decompression, in MiB.",
        json_schema_extra={"key": "receive.max_request_mb"},
    )
    max_request_records: Annotated[int, Field(ge=1, le=200_000)] = Field(
        200_000,
        description="Most records (spans, log records, data points) in one request.",
        json_schema_extra={"key": "receive.max_request_records"},
    )
    journal_max_mb: Annotated[float, Field(gt=0)] = Field(
        4096,
        description="Largest journal, in MiB; above it requests are answered 503 until the store catches up.",
        json_schema_extra={"key": "journal.max_mb"},
    )
    journal_idle_ms: Annotated[int, Field(ge=1, le=60_000)] = Field(
        300,
        description="A segment closes after this time when the inserter is idle.",
        json_schema_extra={"key": "journal.idle_ms"},
    )
    journal_segment_ms: Annotated[int, Field(ge=1, le=60_000)] = Field(
        1000,
        description="A segment closes after this time at the latest, unless others wait to be inserted.",
        json_schema_extra={"key": "journal.segment_ms"},
    )
    store_memory_mb: Annotated[int, Field(ge=256)] = Field(
        1024,
        description="Memory the embedded engine may use, in MiB.",
        json_schema_extra={"key": "store.memory_mb"},
    )
    store_database: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")] = Field(
        "sonde",
        description="Database of the tenant `default`; tenant `x` has `<database>_x`.",
        json_schema_extra={"key": "store.database"},
    )
    query_default_limit: Annotated[int, Field(ge=1, le=10_000)] = Field(
        100,
        description="Rows a query answers unless told otherwise.",
        json_schema_extra={"key": "query.default_limit"},
    )
    query_max_limit: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        10_000, description="Most rows a query may ask for.", json_schema_extra={"key": "query.max_limit"}
    )
    query_timeout_s: Annotated[float, Field(gt=0, le=3600)] = Field(
        30,
        description="Longest a query may run before it is cancelled.",
        json_schema_extra={"key": "query.timeout_s"},
    )
    query_trace_cache_mb: Annotated[float, Field(ge=0, le=65_536)] = Field(
        128,
        description="Memory for traces that are looked at, in MiB, so that a large one opens once only.",
        json_schema_extra={"key": "query.trace_cache_mb"},
    )

    retention_pipelines_days: Annotated[float, Field(gt=0, le=36_500)] = Field(
        30,
        description="How long spans, logs and events of pipeline executions are kept, in days.",
        json_schema_extra={"key": "retention.pipelines_days"},
    )
    retention_errors_days: Annotated[float, Field(gt=0, le=36_500)] = Field(
        30,
        description="How long failed spans, and logs and events of severity WARN or above are kept, in days.",
        json_schema_extra={"key": "retention.errors_days"},
    )
    retention_runs_days: Annotated[float, Field(gt=0, le=36_500)] = Field(
        14,
        description="How long other spans, logs and events of a run, or with an entity, are kept, in days.",
        json_schema_extra={"key": "retention.runs_days"},
    )
    retention_records_days: Annotated[float, Field(gt=0, le=36_500)] = Field(
        14,
        description="How long other records of the sink (`sonde.record.kind`) are kept, in days.",
        json_schema_extra={"key": "retention.records_days"},
    )
    retention_other_days: Annotated[float, Field(gt=0, le=36_500)] = Field(
        7,
        description="How long any other span, log and event is kept, in days.",
        json_schema_extra={"key": "retention.other_days"},
    )
    retention_metrics_days: Annotated[float, Field(gt=0, le=36_500)] = Field(
        90,
        description="How long points of metrics are kept, in days.",
        json_schema_extra={"key": "retention.metrics_days"},
    )
    retention_entity_links_days: Annotated[float, Field(gt=0)] = Field(
        14,
        description="How long it is kept which runs touched an entity, its history, in days; never less than "
        "`links.ttl_days`.",
        json_schema_extra={"key": "retention.entity_links_days"},
    )
    retention_audit_days: Annotated[float, Field(gt=0)] = Field(
        365,
        description="How long the audit log is kept, in days.",
        json_schema_extra={"key": "retention.audit_days"},
    )
    ui_code_url: str = Field(
        "",
        description="Where the page finds code, as an address with `{path}` and `{line}`, e.g. "
        "`vscode://file/{path}:{line}` or `https://github.com/o/r/blob/main/{path:/srv/r}#L{line}`, where "
        "`{path:/srv/r}` is what of the path is below that folder.",
        json_schema_extra={"key": "ui.code_url"},
    )

    links_ttl_days: Annotated[float, Field(gt=0, le=3650)] = Field(
        14,
        description="How long the link of an entity to its run counts, in days.",
        json_schema_extra={"key": "links.ttl_days"},
    )
    links_store: Literal["auto", "builtin", "redis", "upstash", "both"] = Field(
        "auto",
        description="Where programs keep links, as they are told (the SDK's setting): the server reads those "
        "in Redis or Upstash's Redis beside its own, unless this is `builtin`.",
        json_schema_extra={"key": "links.store"},
    )
    redis_url: str = Field(
        "",
        description="Redis in which programs keep links, e.g. `redis://user:password@127.0.0.1:6379/0`: read "
        'beside the server\'s own, the newer counts. Needs `pip install "sonde[redis]"`.',
        json_schema_extra={"key": "links.redis_url"},
    )
    upstash_url: str = Field(
        "",
        description="The same with Upstash's REST address. Empty: that of the variable "
        "`UPSTASH_REDIS_REST_URL`.",
        json_schema_extra={"key": "links.upstash_url"},
    )
    upstash_token: str = Field(
        "",
        description="Token for it. Empty: that of the variable `UPSTASH_REDIS_REST_TOKEN`.",
        json_schema_extra={"key": "links.upstash_token"},
    )
    links_namespace: str = Field(
        "telemetry",
        description="What keys of links in Redis begin with: `telemetry:payment:pym_1`.",
        json_schema_extra={"key": "links.namespace"},
    )
    links_timeout_s: Annotated[float, Field(gt=0)] = Field(
        0.1,
        description="Longest time that an answer waits for links in Redis, in seconds; then it is given "
        "without them.",
        json_schema_extra={"key": "links.timeout_s"},
    )
    links_cors_origins: tuple[str, ...] = Field(
        ("http://localhost:*", "http://127.0.0.1:*"),
        description="Origins of internal tools whose pages may read links, with a token that the tool's "
        "server got; `*` matches any run of characters. As a flag or variable: separated by commas.",
        json_schema_extra={"key": "links.cors_origins"},
    )
    links_token_secret: str = Field(
        "",
        description="Secret that tokens for links are signed with, the same on all servers behind one "
        "address. Empty: one that is made for the data directory.",
        json_schema_extra={"key": "links.token_secret"},
    )
    links_provider: Literal["", "trigger.dev", "temporal", "airflow", "prefect", "dagster", "flower"] = Field(
        "",
        description="Job system that has the pages of runs which do not tell their own. It needs some of "
        "`links.base_url` (a server of your own), `links.org`, `links.project` and `links.env`: "
        "[Jobs and entities](../how-to/jobs-and-entities.md#pages-of-runs) says which.",
        json_schema_extra={"key": "links.provider"},
    )
    links_url_template: str = Field(
        "",
        description="Address of a run's page in any other job system, with `{run_id}` and, if wanted, "
        "`{org}`, `{project}`, `{env}` and `{base_url}`, e.g. `https://jobs.example.com/runs/{run_id}`.",
        json_schema_extra={"key": "links.url_template"},
    )
    links_base_url: str = Field(
        "",
        description="Address of the job system where it is a server of your own: `{base_url}`.",
        json_schema_extra={"key": "links.base_url"},
    )
    links_org: str = Field(
        "", description="Organisation in the job system: `{org}`.", json_schema_extra={"key": "links.org"}
    )
    links_project: str = Field(
        "",
        description="Project in the job system (Temporal's namespace, Airflow's DAG, Prefect's workspace): "
        "`{project}`.",
        json_schema_extra={"key": "links.project"},
    )
    links_env: str = Field(
        "", description="Environment in the job system: `{env}`.", json_schema_extra={"key": "links.env"}
    )

    _sources: Mapping[str, str] = PrivateAttr(default_factory=dict[str, str])

    @field_validator("cors_origins", "links_cors_origins", mode="before")
    @classmethod
    def _split_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("store", mode="after")
    @classmethod
    def _known_store(cls, value: str) -> str:
        if value and not re.match(r"(chdb:///|clickhouse://).", value):
            raise ValueError("chdb:///path or clickhouse://user:password@host:port/database")
        return value

    @field_validator("url", "upstash_url", "links_base_url", mode="after")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if value and not re.match(r"https?://[^/]", value):
            raise ValueError("an address that starts with http:// or https://")
        return value.rstrip("/")

    @field_validator("ui_code_url", mode="after")
    @classmethod
    def _template(cls, value: str) -> str:
        if value:
            check_code_url(value)
        return value

    @field_validator("links_url_template", mode="after")
    @classmethod
    def _page_template(cls, value: str) -> str:
        if value:
            check_template(value)
        return value

    @field_validator("data_dir", mode="after")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @property
    def run_pages(self) -> RunPages:
        """Where pages of runs are. Raises ValueError, which names the setting that is missing."""
        return run_pages({name: getattr(self, f"links_{name}") for name in FIELDS})

    def sourced(self, sources: Mapping[str, str]) -> Settings:
        """The same settings, knowing where each field that was given was set."""
        settings = self.model_copy()
        settings._sources = dict(sources)
        return settings

    def source(self, field: str) -> str:
        """Where a field was set: "default" for what was not given."""
        return self._sources.get(field, "argument" if field in self.model_fields_set else "default")

    @property
    def store_dsn(self) -> str:
        """The store's DSN, with the default filled in."""
        return self.store or f"chdb://{self.data_dir / 'store'}"
