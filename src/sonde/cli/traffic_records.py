"""Made-up records of tools, commands, fragments and chats, as `sonde.record` makes them. Pure."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from sonde import semconv
from sonde.cli.traffic import Log, Trace, Value
from sonde.sdk.sink_records import taken_apart

ERROR_SHARE = 0.08

_TOOLS = (
    ("read_file", 4, "FileNotFoundError: no such file: settings.toml"),
    ("grep", 25, "TimeoutError: stopped after 10 s"),
    ("web_search", 900, "HTTPStatusError: 429 Too Many Requests"),
    ("edit_file", 9, "ConflictError: the text to replace occurs twice"),
    ("run_tests", 6500, "AssertionError: 2 of 214 tests failed"),
)
_COMMANDS = (
    ("shop build", 21_000, 2, "cannot resolve ./cart"),
    ("shop migrate", 1800, 1, "relation orders is locked"),
    ("shop import-prices", 5400, 1, "line 118: no price"),
    ("shop send-mails", 750, 75, "the mail server did not answer"),
)
_FRAGMENTS = (
    ("header", 3, "KeyError: 'locale'"),
    ("price_table", 18, "TemplateError: unknown currency ZZZ"),
    ("recommendations", 60, "TimeoutError: no answer within 200 ms"),
    ("order_summary", 12, "KeyError: 'total'"),
)
# Model, provider, milliseconds until it begins and for each token, dollars for a million tokens in and out.
_MODELS = (
    ("gpt-4o-mini", "openai", 350, 9, 0.15, 0.6),
    ("claude-sonnet-4-5", "anthropic", 700, 14, 3.0, 15.0),
    ("gemini-2.5-flash", "gcp.gemini", 300, 5, 0.3, 2.5),
)

Fields = dict[str, object]


class Records:
    """Adds one record to each request, of the kinds among `components`, which is its component as well."""

    def __init__(self, seed: int, components: Iterable[str]) -> None:
        makers: dict[str, Callable[[], Fields]] = {
            "tool": self._tool,
            "command": self._command,
            "fragment": self._fragment,
            "chat": self._chat,
        }
        self._makers = [(name, makers[name]) for name in components if name in makers]
        # A sequence of its own: the requests are the same with records and without.
        self._random = random.Random(f"{seed} records")  # made-up data

    def add_to(self, traces: Sequence[Trace]) -> list[Trace]:
        """The requests, each with its record."""
        if not self._makers:
            return list(traces)
        return [replace(trace, logs=[*trace.logs, self._record(trace)]) for trace in traces]

    def _record(self, trace: Trace) -> Log:
        kind, make = self._random.choice(self._makers)
        span = self._random.choice(trace.spans)
        fields = {
            "component": kind,
            "correlation_id": f"corr_{trace.spans[0].trace_id >> 96:08x}",
            "session_id": f"s{self._random.randrange(1, 80)}",
            "user_id": trace.spans[0].attributes[semconv.USER_ID],
            **make(),
        }
        made = taken_apart(kind, fields)
        attributes: dict[str, Value] = {
            name: value if isinstance(value, int | float) else str(value)
            for name, value in made.all_attributes().items()
        }
        severity = "ERROR" if made.status == "error" else "INFO"
        where = (trace.spans[0].trace_id, span.span_id, span.service, kind)
        return Log(*where, span.end_ns, severity, made.body(), attributes, kind)

    def _took_ms(self, usual_ms: float) -> float:
        return round(usual_ms * self._random.lognormvariate(0, 0.5), 3)

    def _outcome(self, error: str) -> Fields:
        if self._random.random() >= ERROR_SHARE:
            return {"ok": True}
        kind, _, message = error.rpartition(": ")
        return {"ok": False, "error": message, **({"error_type": kind} if kind else {})}

    def _tool(self) -> Fields:
        name, usual_ms, error = self._random.choice(_TOOLS)
        size = self._random.randrange(40, 20_000)
        return {
            "tool_name": name,
            "duration_ms": self._took_ms(usual_ms),
            **self._outcome(error),
            "output.size": size,
        }

    def _command(self) -> Fields:
        name, usual_ms, code, error = self._random.choice(_COMMANDS)
        outcome = self._outcome(error)
        code = 0 if outcome["ok"] else code
        return {"name": name, "duration_ms": self._took_ms(usual_ms), **outcome, "exit_code": code}

    def _fragment(self) -> Fields:
        name, usual_ms, error = self._random.choice(_FRAGMENTS)
        cached = self._random.random() < 0.6
        took_ms = self._took_ms(usual_ms / 10 if cached else usual_ms)
        return {"name": name, "duration_ms": took_ms, **self._outcome(error), "cached": cached}

    def _chat(self) -> Fields:
        model, provider, begin_ms, token_ms, dollars_in, dollars_out = self._random.choice(_MODELS)
        asked = round(self._random.lognormvariate(6.5, 0.8))
        answered = round(self._random.lognormvariate(5, 0.7))
        outcome = self._outcome("RateLimitError: 429 Too Many Requests")
        if not outcome["ok"]:
            answered = 0
        return {
            "model": model,
            "provider": provider,
            "duration_ms": self._took_ms(begin_ms + answered * token_ms),
            **outcome,
            "input_tokens": asked,
            "output_tokens": answered,
            "cost_usd": round((asked * dollars_in + answered * dollars_out) / 1e6, 6),
            "conversation_id": f"conv_{self._random.randrange(1, 60)}",
        }
