"""How long what is kept: CONTRACTS' table of retention as rules, the first that matches a record counting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sonde import semconv
from sonde.settings import Settings

_SEVERITY_WARN: Final = 13


@dataclass(frozen=True, slots=True)
class Rule:
    """Records of a table for which `condition` (of SQL) holds, and none before it, are kept for `days`."""

    kind: str
    condition: str
    days: float


@dataclass(frozen=True, slots=True)
class TableRules:
    """The rules of a table; the last one takes every record.

    `column` is the time of a record. `by_day`: its partitions are days, and it knows when a record arrived.
    `has_versions`: the newest row of a record counts, others are merged away.
    """

    table: str
    column: str
    rules: tuple[Rule, ...]
    by_day: bool = True
    has_versions: bool = False


def table_rules(
    settings: Settings, *, older_than_days: float | None = None, component: str = ""
) -> list[TableRules]:
    """The rules by these settings.

    Args:
        settings: the server's: `retention.*` and `links.ttl_days`.
        older_than_days: so many days for everything instead, but for the audit log.
        component: only spans, logs, events and metrics, which are a component's; links and the audit log
            are none's.
    """
    kept = settings
    links_days = max(kept.retention_entity_links_days, kept.links_ttl_days)
    metrics_days = kept.retention_metrics_days
    tables = [
        TableRules(
            "otel_traces",
            "Timestamp",
            _record_rules(kept, "Status = 'error' OR StatusCode = 'Error'", "SpanAttributes"),
            has_versions=True,
        ),
        TableRules(
            "otel_logs",
            "Timestamp",
            _record_rules(kept, f"SeverityNumber >= {_SEVERITY_WARN} OR Status = 'error'", "LogAttributes"),
        ),
        *(
            TableRules(f"otel_metrics_{form}", "TimeUnix", (Rule("metric", "1", metrics_days),))
            for form in ("gauge", "sum", "histogram", "exp_histogram", "summary")
        ),
    ]
    if not component:
        tables.append(
            TableRules("entity_links", "RecordedAt", (Rule("entity link", "1", links_days),), by_day=False)
        )
    if older_than_days is not None:
        tables = [_all_for(each, older_than_days) for each in tables]
    elif not component:
        audit = Rule("audit", "1", kept.retention_audit_days)
        tables.append(TableRules("audit_log", "At", (audit,), by_day=False))
    return tables


def _record_rules(kept: Settings, failed: str, attributes: str) -> tuple[Rule, ...]:
    entity = f"arrayExists(name -> startsWith(name, '{semconv.ENTITY_PREFIX}'), mapKeys({attributes}))"
    return (
        Rule("pipeline", "TriggerEvent != ''", kept.retention_pipelines_days),
        Rule("error", failed, kept.retention_errors_days),
        Rule("run or entity", f"RunId != '' OR {entity}", kept.retention_runs_days),
        Rule("sink record", f"{attributes}['{semconv.RECORD_KIND}'] != ''", kept.retention_records_days),
        Rule("other", "1", kept.retention_other_days),
    )


def _all_for(table: TableRules, days: float) -> TableRules:
    rules: Sequence[Rule] = [Rule(rule.kind, rule.condition, days) for rule in table.rules]
    return TableRules(
        table.table, table.column, tuple(rules), by_day=table.by_day, has_versions=table.has_versions
    )
