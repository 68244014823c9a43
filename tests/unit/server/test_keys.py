"""Keys on disk."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from sonde.errors import NotFound, SettingError
from sonde.server.keys import KeyFile, Scope


def test_a_new_key_is_found_by_its_token(tmp_path: Path) -> None:
    token, key = KeyFile(tmp_path).create([Scope.INGEST], name="shop", tenant="acme")
    found = KeyFile(tmp_path).find(token)
    assert found == key
    assert (key.name, key.tenant, key.scopes) == ("shop", "acme", frozenset({Scope.INGEST}))
    assert token.startswith(key.prefix)


def test_the_file_holds_no_token_and_is_the_owners_alone(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path)
    token, _ = keys.create([Scope.ADMIN])
    assert token.split("_", 2)[2] not in keys.path.read_text()
    assert keys.path.stat().st_mode & 0o777 == 0o600


def test_a_token_that_differs_anywhere_is_not_found(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path)
    token, _ = keys.create([Scope.READ])
    for wrong in ("", "sonde", token[:-1], token + "x", token.upper(), token.replace("sonde_", "other_")):
        assert keys.find(wrong) is None


def test_a_running_server_sees_keys_come_and_go(tmp_path: Path) -> None:
    server, command = KeyFile(tmp_path), KeyFile(tmp_path)
    assert not server.any()
    token, key = command.create([Scope.READ])
    assert server.find(token) is not None
    command.revoke(key.id)
    assert server.find(token) is None
    assert not server.any()


def test_a_key_is_revoked_by_its_id_or_its_token(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path)
    first, _ = keys.create([Scope.READ])
    _, second = keys.create([Scope.READ])
    keys.revoke(first)
    assert keys.all() == [second]
    with pytest.raises(NotFound):
        keys.revoke(first)


def test_keys_made_at_once_are_all_kept(tmp_path: Path) -> None:
    def make() -> None:
        for _ in range(5):
            KeyFile(tmp_path).create([Scope.INGEST])

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(KeyFile(tmp_path).all()) == 20


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 1}', '{"version": 9, "keys": []}'])
def test_a_damaged_file_is_an_error_and_not_an_open_door(tmp_path: Path, text: str) -> None:
    (tmp_path / "keys.json").write_text(text)
    with pytest.raises(SettingError, match="cannot read keys"):
        KeyFile(tmp_path).any()


def test_an_unknown_scope_in_the_file_is_an_error(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path)
    keys.create([Scope.READ])
    document = json.loads(keys.path.read_text())
    document["keys"][0]["scopes"] = ["everything"]
    keys.path.write_text(json.dumps(document))
    with pytest.raises(SettingError):
        keys.all()


@pytest.mark.parametrize("tenant", ["", "A", "1a", "a-b", "a;b", "a" * 33])
def test_a_tenant_that_cannot_name_a_database_is_refused(tmp_path: Path, tenant: str) -> None:
    with pytest.raises(SettingError):
        KeyFile(tmp_path).create([Scope.READ], tenant=tenant)
