"""The JSON API below `/api/v1`: one router a subject.

What it answers is described in `/api/v1/openapi.json`.
"""

from __future__ import annotations

from fastapi import APIRouter

from sonde.server.api import (
    ai,
    attributes,
    audit,
    cleanup,
    completions,
    counts,
    entities,
    errors,
    facets,
    go,
    link_use,
    links,
    logs,
    metrics,
    operate,
    orchestrations,
    overview,
    pipelines,
    records,
    runs,
    sampling,
    services,
    spans,
    statements,
    status,
    tail,
    trace_views,
    traces,
)


def routers() -> list[APIRouter]:
    """Every router of the API, and what answers beside it."""
    modules = (
        traces,
        trace_views,
        spans,
        logs,
        records,
        services,
        counts,
        facets,
        completions,
        overview,
        errors,
        statements,
        sampling,
        runs,
        orchestrations,
        entities,
        pipelines,
        ai,
        attributes,
        metrics,
        tail,
        operate,
        cleanup,
        status,
        links,
        link_use,
        audit,
        go,
    )
    return [module.router for module in modules]
