"""Every setting, once: the command line, the server and the reference in the docs read this table.

A value comes from, in order: a flag, the environment (`SONDE_*`), `sonde.toml`, the default.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic.fields import FieldInfo

from sonde.errors import SettingError

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
        description="A segment closes after this time at the latest.",
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

    @field_validator("cors_origins", mode="before")
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

    @field_validator("url", mode="after")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if value and not re.match(r"https?://[^/]", value):
            raise ValueError("an address that starts with http:// or https://")
        return value.rstrip("/")

    @field_validator("data_dir", mode="after")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @property
    def store_dsn(self) -> str:
        """The store's DSN, with the default filled in."""
        return self.store or f"chdb://{self.data_dir / 'store'}"


@dataclass(frozen=True)
class SettingName:
    """The names one setting goes by."""

    field: str
    flag: str
    env: str
    key: str


def setting_names() -> list[SettingName]:
    """The names of every setting, in the order of the table."""
    names: list[SettingName] = []
    for field, info in Settings.model_fields.items():
        extra = info.json_schema_extra
        key = str(extra["key"]) if isinstance(extra, dict) and "key" in extra else field
        names.append(SettingName(field, f"--{field.replace('_', '-')}", f"SONDE_{field.upper()}", key))
    return names


def allowed(field: str) -> str:
    """What a setting accepts, in words: `integer from 0 to 65535`."""
    info = Settings.model_fields[field]
    annotation = info.annotation
    if get_origin(annotation) is Literal:
        return " or ".join(str(choice) for choice in get_args(annotation))
    if field == "store":
        return "chdb:///path or clickhouse://user:password@host:port/database"
    if field == "url":
        return "an address that starts with http:// or https://"
    nouns: dict[object, str] = {int: "integer", float: "number", str: "text", Path: "path"}
    noun = nouns.get(annotation, "list of texts")
    return noun + _bounds(info)


def _bounds(info: FieldInfo) -> str:
    bound = {
        name: getattr(rule, name)
        for rule in info.metadata
        for name in ("gt", "ge", "le", "pattern")
        if getattr(rule, name, None) is not None
    }
    words = ""
    if "ge" in bound:
        words += f" from {bound['ge']}"
    if "gt" in bound:
        words += f" above {bound['gt']}"
    if "le" in bound:
        words += f" to {bound['le']}" if "ge" in bound else f", at most {bound['le']}"
    if "pattern" in bound:
        words += f" that matches {bound['pattern']}"
    return words


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
    path = config_file or (Path(env["SONDE_CONFIG"]) if env.get("SONDE_CONFIG") else None)
    if path is None and Path("sonde.toml").is_file():
        path = Path("sonde.toml")
    from_file = _read_toml(path) if path else {}

    values: dict[str, Any] = {}
    origin: dict[str, str] = {}
    for name in setting_names():
        for source, found in (
            (f"flag {name.flag}", (flags or {}).get(name.field)),
            (f"environment variable {name.env}", env.get(name.env) or None),
            (f"{path}, key {name.key}", from_file.pop(name.key, None)),
        ):
            if found is not None and name.field not in values:
                values[name.field] = found
                origin[name.field] = source
    if from_file:
        raise _unknown_key(min(from_file), path)
    try:
        settings = Settings(**values)
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][0])
        raise _not_allowed(field, values[field], origin[field]) from None
    if settings.query_default_limit > settings.query_max_limit:
        field = "query_default_limit" if "query_default_limit" in values else "query_max_limit"
        raise SettingError(
            f"cannot use {values[field]!r} for setting {field}: the default limit "
            f"{settings.query_default_limit} is above the largest limit {settings.query_max_limit} "
            f"(set by {origin[field]})",
            hint="give both query_default_limit and query_max_limit, the first not above the second",
        )
    return settings


def _not_allowed(field: str, value: object, origin: str) -> SettingError:
    # A key or a password in a DSN must not end up in a terminal's scroll-back or a log.
    shown = "(hidden)" if field == "api_key" else re.sub(r"(://[^:/@]*:)[^@]*@", r"\1***@", repr(value))
    return SettingError(
        f"cannot use {shown} for setting {field}: allowed is {allowed(field)} (set by {origin})",
        hint=Settings.model_fields[field].description or "",
    )


def _unknown_key(key: str, path: Path | None) -> SettingError:
    known = [name.key for name in setting_names()]
    close = difflib.get_close_matches(key, known, n=1)
    return SettingError(
        f"unknown setting {key!r} in {path}",
        hint=f"did you mean {close[0]!r}?" if close else f"known settings: {', '.join(known)}",
    )


def _read_toml(path: Path) -> dict[str, Any]:
    """`sonde.toml` as dotted keys."""
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingError(f"cannot read settings: no file {path}") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingError(f"cannot read settings from {path}: {error}") from None
    known = {name.key for name in setting_names()}
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
