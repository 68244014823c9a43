"""One embedded store a test process (the engine allows one path), a tenant of its own for each test."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as property_tests

from sonde.settings import Settings
from sonde.store import Database, Store, open_store

REPOSITORY = Path(__file__).resolve().parent.parent

# How long an example takes says how busy the machine is.
property_tests.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
property_tests.load_profile("busy")

_tenant_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Generator[Store, None, None]:
    """The embedded store of this process."""
    settings = Settings.model_validate({"data_dir": tmp_path_factory.mktemp("sonde")})
    with open_store(settings) as opened:
        yield opened


@pytest.fixture
def database(store: Store) -> Generator[Database, None, None]:
    """A tenant's database that no other test sees, with the whole schema and no rows."""
    tenant = store.tenant(f"t_{next(_tenant_numbers)}")
    yield tenant
    tenant.execute(f"DROP DATABASE {tenant.name} SYNC")


@pytest.fixture
def settings(tmp_path: Path) -> Callable[..., Settings]:
    """Makes settings with a data directory of this test's, and free ports."""

    def make(**values: object) -> Settings:
        defaults: dict[str, object] = {"data_dir": tmp_path / "data", "http_port": 0, "grpc_port": 0}
        return Settings.model_validate({**defaults, **values})

    return make


@pytest.fixture
def otlp_examples() -> Path:
    """Directory of the OTLP specification's example requests; skips where they are not at hand."""
    path = REPOSITORY.parent / "shared" / "data" / "otlp"
    if not path.is_dir():
        pytest.skip(f"no OTLP examples in {path}")
    return path
