"""One execution of a pipeline: its layers of scripts, what each changed, and who blocked it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sonde import semconv
from sonde.errors import NotFound
from sonde.query import surroundings
from sonde.query.data_changes import changes, hands_on, laid_over, parsed
from sonde.query.pipeline_answers import (
    Blocker,
    PipelineDetails,
    PipelineLayer,
    PipelineScript,
    SiblingExecution,
)
from sonde.query.pipelines import FINAL, execution
from sonde.query.run_answers import TouchedEntity
from sonde.query.statements import INDEXES_FIRST, statement
from sonde.query.surroundings import Found
from sonde.query.time import iso
from sonde.query.trace import parse_trace_id, span_times
from sonde.query.trace_overview import entity_ids

if TYPE_CHECKING:
    from sonde.store import Database

MAX_SPANS = 10_000
"""Spans of pipelines that are read of one trace."""

MAX_ENTITIES = 100
"""Entities of an execution that are told."""

MAX_LEVELS = 256
"""Spans between a script and its pipeline that are looked through."""


@dataclass(frozen=True, slots=True)
class _Span:
    """A row of `pipeline.sql`."""

    row: tuple[Any, ...]

    @property
    def at_ns(self) -> int:
        return self.row[0]

    @property
    def id(self) -> str:
        return self.row[2]

    @property
    def parent(self) -> str:
        return self.row[3]

    @property
    def trigger(self) -> str:
        return self.row[4]

    @property
    def run_id(self) -> str:
        return self.row[21]

    @property
    def is_execution(self) -> bool:
        return self.row[15] == f"pipeline.{self.trigger}" and not self.row[16]

    @property
    def is_script(self) -> bool:
        return bool(self.row[16])


def get(database: Database, trace_id: str, *, span_id: str = "") -> PipelineDetails:
    """The execution in a trace; of several the first, unless one is chosen by the id of its span.

    Raises NotFound, or BadRequest for what is no trace id.
    """
    trace_id = parse_trace_id(trace_id)
    since_ns, until_ns = span_times(database, trace_id)
    rows = database.query(
        statement("pipeline"),
        {
            "trace_id": trace_id,
            "since": since_ns,
            "until": until_ns,
            "limit": MAX_SPANS,
            "prefix": semconv.ENTITY_PREFIX,
        },
        settings={**FINAL, **INDEXES_FIRST},
    ).rows
    spans = [_Span(row) for row in rows]
    roots = [each for each in spans if each.is_execution]
    root = next((each for each in roots if each.id == span_id or not span_id), None)
    if root is None:
        raise _not_found(database, trace_id, span_id, spans, roots)
    near = surroundings.of_traces(database, [trace_id], since_ns, until_ns).get(trace_id, Found())
    run_ids = _runs(database, root, trace_id, since_ns, until_ns)
    touched = surroundings.entities_of(database, run_ids, [trace_id], MAX_ENTITIES)
    near.runs = dict.fromkeys(run_ids)
    return _details(root, roots, spans, near, touched, truncated=len(rows) >= MAX_SPANS)


def _runs(database: Database, root: _Span, trace_id: str, since_ns: int, until_ns: int) -> list[str]:
    """That of the execution first, then the others of its trace."""
    rows = database.query(
        statement("trace_runs"),
        {
            "trace_id": trace_id,
            "since": since_ns,
            "until": until_ns,
            "limit": surroundings.SHOWN,
            "url": semconv.RUN_URL,
            "job": semconv.RUN_JOB,
        },
        settings=INDEXES_FIRST,
    ).rows
    own = [root.run_id] if root.run_id else []
    return list(dict.fromkeys([*own, *(row[0] for row in rows)]))


def _not_found(
    database: Database, trace_id: str, span_id: str, spans: Sequence[_Span], roots: Sequence[_Span]
) -> NotFound:
    """What is missing: the trace, a pipeline in it, its own span, or the one that was chosen."""
    if roots:
        return NotFound(
            f"no pipeline began with the span {span_id[:64]} in trace {trace_id}",
            hint=f"leave it out for the first; there are {len(roots)}",
        )
    if any(each.is_script for each in spans):
        return NotFound(
            f"trace {trace_id} has scripts, but the span of their pipeline has not arrived",
            hint="it is sent when the execution ends; `open=True` sends it at its start as well",
        )
    known = database.query(
        "SELECT 1 FROM otel_traces WHERE TraceId = {trace_id:String} LIMIT 1", {"trace_id": trace_id}
    ).rows
    if known:
        return NotFound(
            f"trace {trace_id} is no execution of a pipeline",
            hint=f"look at it with `sonde trace {trace_id}`",
        )
    return NotFound(
        f"no trace {trace_id}",
        hint="executions are kept 30 days; what was just sent is there within 2 seconds, "
        "or at once after `sonde flush`",
    )


def _details(
    root: _Span,
    roots: Sequence[_Span],
    spans: Sequence[_Span],
    near: Found,
    touched: Sequence[TouchedEntity],
    *,
    truncated: bool,
) -> PipelineDetails:
    summary = execution(root.row)
    context, result = parsed(summary["contextSnapshot"]), parsed(summary["resultData"])
    scripts = _scripts_of(root, roots, spans)
    layers = _layers(root, context, scripts, result)
    is_whole = hands_on(context, result) and result != _left(layers)
    return {
        **summary,
        "runId": root.run_id,
        "runIds": list(near.runs)[: surroundings.SHOWN],
        "orchestrationId": root.row[22],
        "sessionId": root.row[23],
        "conversationIds": near.answer()["conversationIds"],
        "entities": _entities([root, *scripts], touched),
        "context": context,
        "result": result,
        "layers": layers,
        "changes": changes({} if context is None else context, result, whole=is_whole),
        "resultIsWhole": is_whole,
        "blockedBy": _blocker(summary["status"], summary["statusMessage"], layers),
        "others": [
            SiblingExecution(
                spanId=each.id,
                triggerEvent=each.trigger,
                status=each.row[6],
                startedAt=iso(each.at_ns),
            )
            for each in roots
            if each.id != root.id
        ],
        "truncated": truncated,
    }


def _entities(spans: Sequence[_Span], touched: Sequence[TouchedEntity]) -> list[TouchedEntity]:
    """What the execution and its scripts name, then what else its trace and its runs touched; each once."""
    found = {
        (name.removeprefix(semconv.ENTITY_PREFIX), entity_id): None
        for each in spans
        for name, value in sorted(each.row[24].items())
        for entity_id in entity_ids(value)
    }
    found |= {(each["type"], each["id"]): None for each in touched}
    return [TouchedEntity(type=kind, id=entity_id) for kind, entity_id in found][:MAX_ENTITIES]


def _scripts_of(root: _Span, roots: Sequence[_Span], spans: Sequence[_Span]) -> list[_Span]:
    """The scripts below an execution, those of executions below it left out."""
    by_id = {each.id: each for each in spans}
    found: list[_Span] = []
    for each in spans:
        if not each.is_script:
            continue
        owner = _owner(each, by_id)
        if owner is None:
            # What is between was not kept: it is that of the only execution of its trigger.
            alike = [one for one in roots if one.trigger == each.trigger]
            owner = alike[0].id if len(alike) == 1 else None
        if owner == root.id:
            found.append(each)
    return found


def _owner(script: _Span, by_id: Mapping[str, _Span]) -> str | None:
    above = by_id.get(script.parent)
    for _ in range(MAX_LEVELS):
        if above is None:
            return None
        if above.is_execution:
            return above.id
        above = by_id.get(above.parent)
    return None


def _layers(root: _Span, context: object, scripts: Sequence[_Span], result: object) -> list[PipelineLayer]:
    by_layer: dict[int, list[_Span]] = {}
    for each in scripts:
        by_layer.setdefault(_whole(each.row[16]), []).append(each)
    layers: list[PipelineLayer] = []
    state = {} if context is None else context
    for index, members in sorted(by_layer.items()):
        members.sort(key=lambda each: (_whole(each.row[17]), each.at_ns, each.id))
        made = [_script(each, root, state, result) for each in members]
        for each in made:
            # Scripts side by side see what the layers before left, not each other's.
            if isinstance(each["output"], dict):
                state = laid_over(state, each["output"])
        layers.append(
            {
                "index": index,
                "startNs": min(each["startNs"] for each in made),
                "endNs": max(each["startNs"] + each["durationNs"] for each in made),
                "scripts": made,
            }
        )
    return layers


def _script(each: _Span, root: _Span, state: object, result: object) -> PipelineScript:
    row = each.row
    output = parsed(row[20])
    return {
        "spanId": each.id,
        "parentSpanId": each.parent,
        "name": row[15],
        "scriptId": row[18],
        "layerIndex": _whole(row[16]),
        "parallelIndex": _whole(row[17]),
        "status": row[6],
        "statusMessage": row[7],
        "startedAt": iso(each.at_ns),
        "startNs": each.at_ns - root.at_ns,
        "durationNs": row[8],
        "isOpen": row[9],
        "input": parsed(row[19]),
        "output": output,
        "changes": changes(state, _without_outcome(row, output, result)) if isinstance(output, dict) else [],
    }


def _without_outcome(row: Sequence[Any], output: Mapping[str, Any], result: object) -> dict[str, Any]:
    """What a script left, without what it said of its own end, unless the result of all has that too."""
    kept = result if isinstance(result, dict) else dict[str, Any]()
    ended = {"status": row[6], **dict.fromkeys(("status_message", "message", "reason"), row[7])}
    ended |= {"blocked": True, "skipped": True}
    return {
        name: value
        for name, value in output.items()
        if name in kept or name not in ended or value != ended[name]
    }


def _left(layers: Sequence[PipelineLayer]) -> object:
    """What all scripts left, laid over each other in the order of layer and place."""
    left: object = {}
    for layer in layers:
        for script in layer["scripts"]:
            if isinstance(script["output"], dict):
                left = laid_over(left, script["output"])
    return left


def _blocker(status: str, message: str, layers: Sequence[PipelineLayer]) -> Blocker | None:
    for layer in layers:
        for script in layer["scripts"]:
            if script["status"] == "blocked":
                return {
                    "spanId": script["spanId"],
                    "name": script["name"],
                    "scriptId": script["scriptId"],
                    "layerIndex": layer["index"],
                    "reason": script["statusMessage"],
                }
    if status == "blocked":
        return {"spanId": "", "name": "", "scriptId": "", "layerIndex": None, "reason": message}
    return None


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        return 0
