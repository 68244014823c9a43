"""google-genai: OpenTelemetry's instrumentation, also for the client's version 3.

It asks for versions below 3; what it wraps is the same in 3, as the tests of this module show.
"""

from __future__ import annotations

from importlib.metadata import version

from opentelemetry.instrumentation.google_genai import GoogleGenAiSdkInstrumentor

_FIRST_UNKNOWN = 4


def switch_on() -> None:
    """Instrument the client; raises RuntimeError for a version that nobody has tried."""
    found = version("google-genai")
    if int(found.partition(".")[0]) >= _FIRST_UNKNOWN:
        raise RuntimeError(f"the instrumentation is for google-genai < {_FIRST_UNKNOWN}, not {found}")
    instrumentor = GoogleGenAiSdkInstrumentor()
    if not instrumentor.is_instrumented_by_opentelemetry:
        instrumentor.instrument(skip_dep_check=True)


def switch_off() -> None:
    """Undo it."""
    GoogleGenAiSdkInstrumentor().uninstrument()
