"""What sends the telemetry: the service, the process, the machine."""

from __future__ import annotations

import os
import socket
import sys
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from opentelemetry.sdk import version as sdk_version
from opentelemetry.sdk.environment_variables import OTEL_EXPERIMENTAL_RESOURCE_DETECTORS
from opentelemetry.sdk.resources import Resource
from opentelemetry.util.types import AttributeValue

import sonde
from sonde import semconv
from sonde.sdk.command_line import program_name
from sonde.sdk.configuration import Configuration

INSTANCE: Final = "service.instance.id"


class ProcessResource(Resource):
    """The resource of this process, whichever that is: after a fork it describes the child.

    Spans and loggers hold on to the object, so it is one object whose attributes change. It equals itself
    alone, which spares the encoder to hash all attributes for each span.
    """

    def __init__(self, attributes: Mapping[str, AttributeValue]) -> None:
        super().__init__(attributes)

    def describe(self, attributes: Mapping[str, AttributeValue]) -> None:
        """Have these attributes from now on."""
        super().__init__(attributes)

    def merge(self, other: Resource) -> Resource:
        """Itself: OpenTelemetry's providers merge what they find out about a forked child, as we do."""
        return self

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


def detected() -> Mapping[str, Any]:
    """What the detectors find that the program asks for (`OTEL_EXPERIMENTAL_RESOURCE_DETECTORS`)."""
    return Resource.create().attributes if os.environ.get(OTEL_EXPERIMENTAL_RESOURCE_DETECTORS) else {}


def attributes_of(
    configuration: Configuration, found: Mapping[str, Any] | None = None
) -> dict[str, AttributeValue]:
    """The resource's attributes for the process that calls, on top of those that detectors `found`.

    Source: OpenTelemetry semantic conventions, Resource; what the user gives wins.
    """
    made: dict[str, Any] = {
        **(found or {}),
        "telemetry.sdk.language": "python",
        "telemetry.sdk.name": "opentelemetry",
        "telemetry.sdk.version": sdk_version.__version__,
        "telemetry.distro.name": "sonde",
        "telemetry.distro.version": sonde.__version__,
        "host.name": socket.gethostname(),
        "process.pid": os.getpid(),
        "process.parent_pid": os.getppid(),
        "process.executable.path": sys.executable or "",
        "process.runtime.name": sys.implementation.name,
        "process.runtime.version": ".".join(map(str, sys.version_info[:3])),
        "process.command": (sys.orig_argv or [""])[0],
        INSTANCE: str(uuid.uuid4()),
        **configuration.resource_attributes,
        semconv.SERVICE_NAME: configuration.service_name
        or configuration.resource_attributes.get(semconv.SERVICE_NAME)
        or program_name()
        or f"{semconv.UNKNOWN_SERVICE}:{Path(sys.executable or 'python').name}",
    }
    if configuration.service_version:
        made[semconv.SERVICE_VERSION] = configuration.service_version
    if configuration.environment:
        made[semconv.ENVIRONMENT] = configuration.environment
    return made
