"""Which instrumentations there are: installed ones, Sonde's own, and those one could install.

Sources: the entry points `opentelemetry_instrumentor` of what is installed, the table `OWN` below, and
OpenTelemetry's registry as it comes with `opentelemetry-instrumentation` (`bootstrap_gen`).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import EntryPoint, PackageNotFoundError, entry_points, version
from importlib.util import find_spec
from typing import Final

_GROUP: Final = "opentelemetry_instrumentor"
_PREFIX: Final = "opentelemetry-instrumentation-"
_PACKAGE: Final = "sonde.sdk.instrument"


@dataclass(frozen=True, slots=True)
class Own:
    """An instrumentation of this package: a module with `switch_on()` and `switch_off()`.

    `libraries` are the modules whose import it waits for; the first that is imported switches it on.
    Where `needs` names a distribution of OpenTelemetry's, the module only switches that one on in a
    better way and is nothing without it. One that `refines` others is on with any of them, unnamed.
    """

    libraries: tuple[str, ...]
    needs: str = ""
    refines: bool = False
    module: str = ""
    """Name of the module, where it is not that of the instrumentation."""


OWN: Final[Mapping[str, Own]] = {
    "celery": Own(("celery",), _PREFIX + "celery"),
    "click_commands": Own(("click.core",)),
    "databases": Own(("opentelemetry.instrumentation.dbapi",), refines=True),
    # Settings are read when handlers load their middleware, and not earlier.
    "django": Own(("django.core.handlers.base",), _PREFIX + "django"),
    "fastapi": Own(("fastapi",), _PREFIX + "fastapi"),
    "flask": Own(("flask",), _PREFIX + "flask"),
    "google-genai": Own(("google.genai",), _PREFIX + "google-genai", module="genai_google"),
    "kombu": Own(("kombu.transport.redis",), refines=True),
    "langchain": Own(("langchain_core",), _PREFIX + "genai-langchain", module="genai_langchain"),
    "typer_commands": Own(("typer._click.core",)),
    "uvicorn": Own(("uvicorn.server",), refines=True),
}

# Libraries that are not imported under the name of their entry point.
_MODULES: Final[Mapping[str, str]] = {
    "aio-pika": "aio_pika",
    "aiohttp-client": "aiohttp",
    "aiohttp-server": "aiohttp.web",
    "google-genai": "google.genai",
    "google_genai": "google.genai",
    "grpc_aio_client": "grpc",
    "grpc_aio_server": "grpc",
    "grpc_client": "grpc",
    "grpc_server": "grpc",
    "langchain": "langchain_core",
    "mysql": "mysql.connector",
    "mysqlclient": "MySQLdb",
    "tortoiseorm": "tortoise",
}

# What Sonde does by itself: switching these on as well would do it twice.
DONE_BY_SONDE: Final[Mapping[str, str]] = {
    "logging": "log capture",
    "structlog": "log capture",
    "system_metrics": "process metrics",
    "threading": "context across threads",
}

# What OpenTelemetry's registry names for a library, and what has taken its place since: the former cannot be
# loaded together with the others of its family.
_REPLACED: Final[Mapping[str, str]] = {
    _PREFIX + "openai-v2": _PREFIX + "genai-openai",
}

# Libraries of requirements in the registry that are not what the instrumentation is for.
_ONLY_RELATED: Final = frozenset({"pydantic", "asgiref"})


@dataclass(frozen=True, slots=True)
class Instrumentation:
    """One that is installed."""

    name: str
    libraries: tuple[str, ...]
    """Modules to wait for; empty: to be switched on at once."""
    own: str = ""
    """Name of the module of this package that switches it on; empty: the entry point does."""
    entry_point: EntryPoint | None = None


class State(StrEnum):
    """Whether what a library does is seen."""

    ON = "on"
    MISSING = "missing"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Row:
    """A library that is installed, and the instrumentation there is for it."""

    library: str
    version: str
    name: str
    instrumentation: str
    state: State
    requirement: str = ""
    """The exact line to install where one is missing."""
    note: str = ""


def disabled() -> frozenset[str]:
    """Names that the user has switched off for any OpenTelemetry program; `*` is all of them."""
    names = os.environ.get("OTEL_PYTHON_DISABLED_INSTRUMENTATIONS", "")
    return frozenset(part.strip() for part in names.split(",") if part.strip())


def installed() -> dict[str, Instrumentation]:
    """Every instrumentation that could be switched on here, by name; imports no library."""
    found: dict[str, Instrumentation] = {}
    for name, own in OWN.items():
        here = tuple(library for library in own.libraries if is_there(library))
        if here and (not own.needs or distribution_version(own.needs)):
            found[name] = Instrumentation(name, here, own=own.module or name)
    for entry_point in entry_points(group=_GROUP):
        name = entry_point.name
        if name in found or name in DONE_BY_SONDE:
            continue
        module = _MODULES.get(name, name.replace("-", "_"))
        found[name] = Instrumentation(name, (module,) if is_there(module) else (), entry_point=entry_point)
    return found


def own_module(name: str) -> str:
    """The full name of a module of this package."""
    return f"{_PACKAGE}.{name}"


def is_there(module: str) -> bool:
    """Whether `module` could be imported; imports at most the packages above it, when those are light."""
    top, _, rest = module.partition(".")
    if module in sys.modules:
        return True
    try:
        # What is imported may have put something without a specification in its own place.
        if top not in sys.modules and find_spec(top) is None:
            return False
        if not rest or top not in ("google", "opentelemetry"):
            return True
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def distribution_version(name: str) -> str:
    """The installed version of a distribution, empty where there is none."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def survey() -> list[Row]:
    """Every installed library for which there is an instrumentation, by name of the library."""
    return sorted(_rows(), key=lambda row: (row.library.lower(), row.name))


def missing_of(rows: list[Row]) -> dict[str, list[str]]:
    """Requirement lines of what is missing, each with the libraries it is for."""
    lines: dict[str, list[str]] = {}
    for row in rows:
        if row.state is State.MISSING:
            lines.setdefault(row.requirement, []).append(row.library)
    return lines


def _rows() -> Iterator[Row]:
    from packaging.requirements import Requirement

    there = _distributions_of_entry_points()
    seen: set[str] = set()
    for library, requirement in _registry(there):
        wanted = Requirement(library)
        have = distribution_version(wanted.name)
        distribution = Requirement(requirement).name
        name = distribution.removeprefix(_PREFIX)
        if not have or wanted.name in _ONLY_RELATED:
            continue
        seen.add(distribution)
        by_sonde = DONE_BY_SONDE.get(name.replace("-", "_")) or (
            f"sonde's own {name}" if name in OWN and not OWN[name].needs else ""
        )
        if by_sonde:
            yield Row(wanted.name, have, name, "sonde", State.ON, note=by_sonde)
        elif not wanted.specifier.contains(have, prereleases=True):
            note = f"is for {library}"
            yield Row(wanted.name, have, name, distribution, State.CONFLICT, note=note)
        elif distribution in there:
            yield Row(wanted.name, have, there[distribution][0], _with_version(distribution), State.ON)
        else:
            yield Row(wanted.name, have, name, distribution, State.MISSING, requirement)
    for distribution, names in there.items():
        for name in names:
            if distribution not in seen and name not in DONE_BY_SONDE:
                yield _outside_the_registry(name, distribution)
    yield from _standard_library(there)


def _outside_the_registry(name: str, distribution: str) -> Row:
    library = _MODULES.get(name, name)
    have = distribution_version(library.replace(".", "-")) or distribution_version(name)
    return Row(library, have, name, _with_version(distribution), State.ON)


def _standard_library(there: Mapping[str, list[str]]) -> Iterator[Row]:
    from platform import python_version

    from opentelemetry.instrumentation.bootstrap_gen import default_instrumentations

    for requirement in default_instrumentations:
        distribution = requirement.partition("==")[0]
        name = distribution.removeprefix(_PREFIX)
        if name in DONE_BY_SONDE:
            yield Row(name, python_version(), name, "sonde", State.ON, note=DONE_BY_SONDE[name])
        elif name in ("sqlite3", "urllib", "asyncio") and distribution not in there:
            yield Row(name, python_version(), name, distribution, State.MISSING, requirement)


def _registry(there: Mapping[str, list[str]]) -> Iterator[tuple[str, str]]:
    from opentelemetry.instrumentation.bootstrap_gen import libraries

    for each in libraries:
        requirement = each["instrumentation"]
        yield (
            each["library"],
            requirement if requirement in there else _REPLACED.get(requirement, requirement),
        )


def _distributions_of_entry_points() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for entry_point in entry_points(group=_GROUP):
        if entry_point.dist is not None:
            found.setdefault(entry_point.dist.name.lower().replace("_", "-"), []).append(entry_point.name)
    return found


def _with_version(distribution: str) -> str:
    return f"{distribution} {distribution_version(distribution)}"
