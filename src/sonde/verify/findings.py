"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where a rule does not hold, and the traces that show it; `at` is when, an ISO time.

    `is_recorded`: what it finds is a violation that a program has recorded itself.
    """

    rule: str
    message: str
    trace_ids: tuple[str, ...] = ()
    span_id: str = ""
    orchestration_id: str = ""
    at: str = ""
    is_recorded: bool = False

    def to_json(self) -> dict[str, Any]:
        """As `sonde verify --format json` writes it."""
        return {
            "message": self.message,
            "traceIds": list(self.trace_ids),
            "spanId": self.span_id,
            "orchestrationId": self.orchestration_id,
            "at": self.at,
        }


@dataclass(frozen=True, slots=True)
class RuleResult:
    """How a rule fared: of `checked` records it was asked of, `running` are spans that have not ended."""

    rule: str
    checked: int
    findings: tuple[Finding, ...]
    running: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """How a contract fared."""

    contract: str
    traces: int
    spans: int
    events: int
    results: tuple[RuleResult, ...]

    @property
    def findings(self) -> list[Finding]:
        """All that do not hold, rule by rule."""
        return [finding for result in self.results for finding in result.findings]

    @property
    def holds(self) -> bool:
        """Whether every rule holds."""
        return not any(result.findings for result in self.results)

    def to_json(self) -> dict[str, Any]:
        """As `sonde verify --format json` writes it."""
        return {
            "contract": self.contract,
            "holds": self.holds,
            "traces": self.traces,
            "spans": self.spans,
            "events": self.events,
            "rules": [
                {
                    "rule": result.rule,
                    "holds": not result.findings,
                    "checked": result.checked,
                    "running": result.running,
                    "violations": [finding.to_json() for finding in result.findings],
                }
                for result in self.results
            ],
        }
