"""Keys: who may send and who may read, in `keys.json` of the data directory.

A token is `sonde_<id>_<secret>` with 256 random bits in the secret, so one round of SHA-256 is
enough to store it: there is nothing to guess. The file is replaced as a whole (mode 0600) and
read again when it changes, so a key works or stops working without a restart.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
import re
import secrets
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, cast

from sonde.errors import NotFound, SettingError

FORMAT_VERSION = 1
DEFAULT_TENANT = "default"
TENANT_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")


class Scope(StrEnum):
    """What a key allows."""

    INGEST = "ingest"
    READ = "read"
    LINKS = "links"
    JOBS = "jobs"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Key:
    """One key, as stored; the token itself is shown once, when it is made."""

    id: str
    name: str
    scopes: frozenset[Scope]
    tenant: str
    created_at: str
    sha256: str

    @property
    def prefix(self) -> str:
        """How its token begins, by which a person recognises it."""
        return f"sonde_{self.id}_"


class KeyFile:
    """The keys of one data directory."""

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / "keys.json"
        self._stamp: tuple[int, int, int] | None = None
        self._keys: dict[str, Key] = {}

    def all(self) -> list[Key]:
        """Every key, oldest first. Raises SettingError when the file cannot be read: a damaged file
        must not open the server."""
        self._reload()
        return sorted(self._keys.values(), key=lambda key: key.created_at)

    def any(self) -> bool:
        """Whether a key exists. Raises SettingError as `all`."""
        self._reload()
        return bool(self._keys)

    def find(self, token: str) -> Key | None:
        """The key of a token. Raises SettingError as `all`."""
        self._reload()
        parts = token.split("_", 2)
        key = self._keys.get(parts[1]) if len(parts) == 3 else None
        if key is not None and hmac.compare_digest(key.sha256, _digest(token)):
            return key
        return None

    def create(
        self, scopes: Sequence[Scope], *, name: str = "", tenant: str = DEFAULT_TENANT
    ) -> tuple[str, Key]:
        """A new key: its token (not stored, show it now) and what is stored.

        Raises SettingError for a tenant's name that is not allowed, and as `all`.
        """
        if not TENANT_NAME.fullmatch(tenant):
            raise SettingError(
                f"cannot use {tenant!r} as a tenant",
                hint="a lower-case letter, then up to 31 lower-case letters, digits and underscores",
            )
        identifier = secrets.token_hex(4)
        token = f"sonde_{identifier}_{secrets.token_urlsafe(32)}"
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        key = Key(identifier, name, frozenset(scopes), tenant, now, _digest(token))
        with self._exclusive():
            self._reload()
            self._write({**self._keys, identifier: key})
        return token, key

    def revoke(self, identifier: str) -> Key:
        """Remove a key by its id, its prefix or its whole token. Raises NotFound."""
        wanted = identifier.removeprefix("sonde_").split("_", 1)[0]
        with self._exclusive():
            self._reload()
            if wanted not in self._keys:
                raise NotFound(f"no key {identifier!r}", hint="`sonde keys list` shows them")
            remaining = dict(self._keys)
            key = remaining.pop(wanted)
            self._write(remaining)
        return key

    def _reload(self) -> None:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            self._stamp, self._keys = None, {}
            return
        except OSError as error:
            raise SettingError(f"cannot read keys from {self.path}: {error.strerror}") from None
        stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
        if stamp != self._stamp:
            self._keys = _read(self.path)
            self._stamp = stamp

    def _write(self, keys: dict[str, Key]) -> None:
        document = {"version": FORMAT_VERSION, "keys": [_as_json(key) for key in keys.values()]}
        handle, temporary = tempfile.mkstemp(prefix=".keys-", dir=self.path.parent)  # made with mode 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(document, file, indent=2)
                file.write("\n")
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self.path)
        except OSError:
            Path(temporary).unlink(missing_ok=True)
            raise
        self._reload()

    @contextmanager
    def _exclusive(self) -> Generator[None]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with open(self.path.with_suffix(".lock"), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _as_json(key: Key) -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "scopes": sorted(key.scopes),
        "tenant": key.tenant,
        "createdAt": key.created_at,
        "sha256": key.sha256,
    }


def _read(path: Path) -> dict[str, Key]:
    try:
        document: Any = json.loads(path.read_text(encoding="utf-8"))
        if document["version"] != FORMAT_VERSION:
            raise SettingError(f"cannot read keys from {path}: written by a newer version of Sonde")
        entries = cast("list[dict[str, Any]]", document["keys"])
        keys = [
            Key(
                id=str(entry["id"]),
                name=str(entry["name"]),
                scopes=frozenset(Scope(scope) for scope in entry["scopes"]),
                tenant=str(entry["tenant"]),
                created_at=str(entry["createdAt"]),
                sha256=str(entry["sha256"]),
            )
            for entry in entries
        ]
    except OSError as error:
        raise SettingError(f"cannot read keys from {path}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError) as error:
        raise SettingError(
            f"cannot read keys from {path}: {error!r}", hint="mend the file, or delete it and make new keys"
        ) from None
    return {key.id: key for key in keys}
