"""LangChain: OpenTelemetry's instrumentation, which asks for `langchain` and needs `langchain-core` alone."""

from __future__ import annotations

from opentelemetry.instrumentation.genai.langchain import LangChainInstrumentor


def switch_on() -> None:
    """Instrument what models, tools and agents of LangChain call back."""
    instrumentor = LangChainInstrumentor()
    if not instrumentor.is_instrumented_by_opentelemetry:
        instrumentor.instrument(skip_dep_check=True)


def switch_off() -> None:
    """Undo it."""
    LangChainInstrumentor().uninstrument()
