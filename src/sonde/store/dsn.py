"""Where the store is: `chdb:///path` or `clickhouse://user:password@host:port/database?cluster=name`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from sonde.errors import SettingError
from sonde.settings import Settings

_HINT = "use chdb:///absolute/path or clickhouse://user:password@host:port/database"

# The engine cuts its connection string at these two and knows no way to escape them.
_NOT_IN_A_PATH = "?&"


@dataclass(frozen=True, slots=True)
class EmbeddedDsn:
    """An embedded store.

    `path` is a directory of Sonde's: the engine's own files lie in `path/engine`.
    """

    path: Path

    @property
    def engine_path(self) -> Path:
        """The directory handed to the engine."""
        return self.path / "engine"

    def __str__(self) -> str:
        return f"chdb://{self.path}"


@dataclass(frozen=True, slots=True)
class ServerDsn:
    """A ClickHouse server, or a cluster of them behind one address."""

    host: str
    port: int
    username: str = "default"
    password: str = field(default="", repr=False)
    database: str = ""
    secure: bool = False
    cluster: str = ""

    def __str__(self) -> str:
        """Without the password: fit for logs and error messages."""
        return f"clickhouse://{self.username}@{self.host}:{self.port}/{self.database}"


def parse_dsn(settings: Settings) -> EmbeddedDsn | ServerDsn:
    """Read `settings.store`.

    Raises:
        SettingError: the DSN is neither of the two forms.
    """
    text = settings.store_dsn
    if text.startswith("chdb://"):
        return _embedded(text.removeprefix("chdb://"))
    if text.startswith("clickhouse://"):
        return _server(text)
    scheme = text.split(":", 1)[0]
    raise SettingError(f"cannot use setting store: unknown scheme {scheme!r}", hint=_HINT)


def _embedded(path: str) -> EmbeddedDsn:
    if not path.startswith("/"):
        raise SettingError(f"cannot use setting store: chdb://{path} has no absolute path", hint=_HINT)
    odd = [character for character in _NOT_IN_A_PATH if character in path]
    if odd:
        raise SettingError(
            f"cannot use setting store: the path {path} contains {' and '.join(odd)}",
            hint="the embedded engine cannot open such a path; choose another directory",
        )
    return EmbeddedDsn(Path(path).resolve())


def _server(text: str) -> ServerDsn:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        # The text itself stays out of the message: it may hold a password.
        raise SettingError(
            "cannot use setting store: the clickhouse:// address is malformed", hint=_HINT
        ) from error
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    unknown = sorted(options.keys() - {"secure", "cluster"})
    if not parts.hostname or unknown:
        what = f"unknown option {unknown[0]!r}" if unknown else "no host"
        raise SettingError(f"cannot use setting store: {what}", hint=f"{_HINT}; options: secure, cluster")
    secure = options.get("secure", "").lower() in ("1", "true", "yes")
    return ServerDsn(
        host=parts.hostname,
        port=port or (8443 if secure else 8123),
        username=unquote(parts.username or "default"),
        password=unquote(parts.password or ""),
        database=unquote(parts.path.strip("/")),
        secure=secure,
        cluster=options.get("cluster", ""),
    )
