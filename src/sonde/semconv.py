"""Names of attributes: Sonde's own, and those of OpenTelemetry that Sonde reads.

Source: OpenTelemetry semantic conventions; Sonde's names are contracts.
"""

from __future__ import annotations

from typing import Final

SERVICE_NAME: Final = "service.name"
UNKNOWN_SERVICE: Final = "unknown_service"

COMPONENT: Final = "sonde.component"
CORRELATION_ID: Final = "correlation.id"
SESSION_ID: Final = "session.id"
RUN_ID: Final = "sonde.run.id"
ORCHESTRATION_ID: Final = "sonde.orchestration.id"
TRIGGER_EVENT: Final = "sonde.pipeline.trigger_event"
STATUS: Final = "sonde.status"
OPEN: Final = "sonde.open"

# What the receiver found odd about a record it kept; a comma-separated list of the values below.
FLAGS: Final = "sonde.flags"
FLAG_END_BEFORE_START: Final = "end_before_start"
FLAG_NO_TIMESTAMP: Final = "no_timestamp"
FLAG_TIMESTAMP_OUT_OF_RANGE: Final = "timestamp_out_of_range"

EVENT_NAME_ATTRIBUTE: Final = "event.name"
