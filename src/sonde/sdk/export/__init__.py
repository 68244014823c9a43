"""Telemetry on its way out of the process: queues, one thread, requests, and failures."""

from __future__ import annotations

from sonde.sdk.export.exporter import Exporter
from sonde.sdk.export.pipelines import LogPipeline, SpanPipeline

__all__ = ["Exporter", "LogPipeline", "SpanPipeline"]
