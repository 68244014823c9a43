"""Names of attributes: Sonde's own, and those of OpenTelemetry that Sonde reads.

Source: OpenTelemetry semantic conventions; Sonde's names are contracts.
"""

from __future__ import annotations

from typing import Final

SERVICE_NAME: Final = "service.name"
SERVICE_VERSION: Final = "service.version"
ENVIRONMENT: Final = "deployment.environment.name"
UNKNOWN_SERVICE: Final = "unknown_service"

COMPONENT: Final = "sonde.component"
CORRELATION_ID: Final = "correlation.id"
SESSION_ID: Final = "session.id"
USER_ID: Final = "user.id"
CLIENT_ADDRESS: Final = "client.address"
RUN_ID: Final = "sonde.run.id"
RUN_URL: Final = "sonde.run.url"
RUN_JOB: Final = "sonde.run.job"
RUN_ATTEMPT: Final = "sonde.run.attempt"
ENTITY_PREFIX: Final = "sonde.entity."
ORCHESTRATION_ID: Final = "sonde.orchestration.id"
PHASE: Final = "sonde.phase"
STATUS: Final = "sonde.status"
STATUS_MESSAGE: Final = "sonde.status_message"
REASON: Final = "sonde.reason"
ERROR_TYPE: Final = "error.type"
ERROR_DETAIL: Final = "sonde.error.detail"
FROM: Final = "sonde.from"
TO: Final = "sonde.to"
VIOLATION_RULE: Final = "sonde.violation.rule"
VIOLATION_TRACE_IDS: Final = "sonde.violation.trace_ids"
TRIGGER_EVENT: Final = "sonde.pipeline.trigger_event"
PIPELINE_CONTEXT: Final = "sonde.pipeline.context"
PIPELINE_RESULT: Final = "sonde.pipeline.result"
LAYER_INDEX: Final = "sonde.pipeline.layer_index"
PARALLEL_INDEX: Final = "sonde.pipeline.parallel_index"
SCRIPT_ID: Final = "sonde.pipeline.script_id"
SCRIPT_INPUT: Final = "sonde.pipeline.input"
SCRIPT_OUTPUT: Final = "sonde.pipeline.output"
RECORD_KIND: Final = "sonde.record.kind"
KEPT: Final = "sonde.kept"
OPEN: Final = "sonde.open"
CODE_FILE_PATH: Final = "code.file.path"
CODE_LINE_NUMBER: Final = "code.line.number"
CODE_FUNCTION_NAME: Final = "code.function.name"

# What the receiver found odd about a record it kept; a comma-separated list of the values below.
FLAGS: Final = "sonde.flags"
FLAG_END_BEFORE_START: Final = "end_before_start"
FLAG_NO_TIMESTAMP: Final = "no_timestamp"
FLAG_TIMESTAMP_OUT_OF_RANGE: Final = "timestamp_out_of_range"

EVENT_NAME_ATTRIBUTE: Final = "event.name"
