"""Who may do what."""

from __future__ import annotations

from pathlib import Path

import pytest

from sonde.errors import Forbidden, SettingError, Unauthenticated
from sonde.server.auth import Caller, Gate, is_loopback, refuse_cross_site
from sonde.server.keys import KeyFile, Scope

LOOPBACK = ["localhost", "LOCALHOST.", "shop.localhost", "127.0.0.1", "127.8.9.1", "::1", "[::1]"]
ELSEWHERE = [
    "",
    "0.0.0.0",
    "::",
    "10.0.0.1",
    "localhost.evil.org",
    "evil.org",
    "127.0.0.1.evil.org",
    "0x7f.1",
]


@pytest.mark.parametrize("host", LOOPBACK)
def test_these_hosts_are_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ELSEWHERE)
def test_these_hosts_may_be_elsewhere(host: str) -> None:
    assert not is_loopback(host)


def test_without_keys_this_machine_may_do_everything(tmp_path: Path) -> None:
    gate = Gate(KeyFile(tmp_path), "127.0.0.1")
    for scope in Scope:
        assert gate.admit(Caller(host="127.0.0.1:4318"), scope).tenant == "default"


@pytest.mark.parametrize("host", ["evil.org", "evil.org:4318", "10.0.0.1:4318", "[2001:db8::1]:4318"])
def test_without_keys_a_rebound_name_is_refused(tmp_path: Path, host: str) -> None:
    with pytest.raises(Forbidden):
        Gate(KeyFile(tmp_path), "127.0.0.1").admit(Caller(host=host), Scope.READ)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7"])
def test_no_server_listens_beyond_this_machine_without_a_key(tmp_path: Path, host: str) -> None:
    keys = KeyFile(tmp_path)
    with pytest.raises(SettingError, match="cannot listen on") as caught:
        Gate(keys, host).check_start(host)
    assert f"sonde keys create --scope admin --data-dir {tmp_path}" in caught.value.hint
    keys.create([Scope.ADMIN])
    Gate(keys, host).check_start(host)


def test_revoking_the_last_key_does_not_open_a_public_server(tmp_path: Path) -> None:
    with pytest.raises(Unauthenticated):
        Gate(KeyFile(tmp_path), "0.0.0.0").admit(Caller(), Scope.READ)


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer ", "Bearer sonde_0_0", "Basic eDp5", "nonsense"]
)
def test_once_a_key_exists_every_request_needs_one(tmp_path: Path, authorization: str) -> None:
    keys = KeyFile(tmp_path)
    keys.create([Scope.ADMIN])
    with pytest.raises(Unauthenticated):
        Gate(keys, "127.0.0.1").admit(Caller(authorization, host="127.0.0.1"), Scope.READ)


ALLOWED = {
    Scope.INGEST: {Scope.INGEST},
    Scope.READ: {Scope.READ, Scope.LINKS},
    Scope.LINKS: {Scope.LINKS},
    Scope.JOBS: {Scope.JOBS},
    Scope.ADMIN: set(Scope),
}


@pytest.mark.parametrize("held", Scope)
@pytest.mark.parametrize("needed", Scope)
def test_a_key_allows_its_scopes_and_no_other(tmp_path: Path, held: Scope, needed: Scope) -> None:
    keys = KeyFile(tmp_path)
    token, key = keys.create([held], tenant="acme")
    gate = Gate(keys, "0.0.0.0")
    caller = Caller(f"bearer {token}", host="telemetry.example.com")
    if needed in ALLOWED[held]:
        identity = gate.admit(caller, needed)
        assert (identity.tenant, identity.key_id) == ("acme", key.id)
    else:
        with pytest.raises(Forbidden, match=needed.value):
            gate.admit(caller, needed)


def test_a_damaged_key_file_lets_nobody_in(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text("{")
    with pytest.raises(Forbidden):
        Gate(KeyFile(tmp_path), "127.0.0.1").admit(Caller(host="127.0.0.1"), Scope.READ)


@pytest.mark.parametrize(
    "caller",
    [
        Caller(method="POST", host="127.0.0.1:4318", origin="http://evil.org"),
        Caller(method="DELETE", host="127.0.0.1:4318", origin="null"),
        Caller(method="POST", host="127.0.0.1:4318", origin="http://127.0.0.1:3000"),
        Caller(method="POST", host="127.0.0.1:4318", fetch_site="cross-site"),
        Caller(method="POST", host="127.0.0.1:4318", fetch_site="same-site"),
    ],
)
def test_another_site_cannot_change_anything(caller: Caller) -> None:
    with pytest.raises(Forbidden):
        refuse_cross_site(caller)


@pytest.mark.parametrize(
    "caller",
    [
        Caller(method="GET", host="127.0.0.1:4318", origin="http://evil.org", fetch_site="cross-site"),
        Caller(
            method="POST", host="127.0.0.1:4318", origin="http://127.0.0.1:4318", fetch_site="same-origin"
        ),
        Caller(method="POST", host="127.0.0.1:4318"),
    ],
)
def test_the_own_page_and_programs_can(caller: Caller) -> None:
    refuse_cross_site(caller)


@pytest.mark.parametrize(
    ("peer", "answered"),
    [
        ("", True),
        ("127.0.0.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("10.0.0.7", False),
        ("2001:db8::1", False),
    ],
)
def test_without_a_key_callers_from_elsewhere_are_refused(tmp_path: Path, peer: str, answered: bool) -> None:
    gate = Gate(KeyFile(tmp_path), "127.0.0.1")
    caller = Caller(host="localhost", peer=peer)
    if answered:
        assert gate.admit(caller, Scope.READ).tenant == "default"
    else:
        with pytest.raises(Unauthenticated, match="without a key only this machine is served"):
            gate.admit(caller, Scope.READ)
