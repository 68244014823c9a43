"""`/go`: redirects from an entity to the page of the run that touched it last."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from sonde.errors import NoLink
from sonde.id_paths import id_of_path
from sonde.query import links
from sonde.query.links import Entity
from sonde.server.api.links import EntityId, EntityType, touches_of
from sonde.server.dependencies import require
from sonde.server.link_access import AccessOf
from sonde.server.shown_links import ShownLinks, of_age

router = APIRouter(tags=["links"], dependencies=[require("links")])


@router.get("/go", response_class=RedirectResponse, status_code=302)
async def go_to_run(
    request: Request, access: AccessOf, entity_type: EntityType, entity_id: EntityId
) -> Response:
    """Redirect to the page of the run that touched an entity last: its own, else that of the job system, else
    Sonde's; where only traces outside of runs did, to the last of these.

    Instead of a key, `token` may have a token for links: a browser follows a link without headers.
    """
    entity = Entity(entity_type.strip(), entity_id)
    settings = access.parts.settings
    touched = links.touchers(await touches_of(access, "redirect", entity))
    run = links.newest_run(touched) or next(iter(touched), None)
    try:
        found = of_age(settings, entity, run, unread=access.unread)
    except NoLink as error:
        access.note("redirect", entity, error.reason)
        raise
    access.note("redirect", entity, "found", found.run_id)
    headers = {"cache-control": "no-store", "referrer-policy": "no-referrer"}
    return RedirectResponse(ShownLinks(request, settings).place(found), 302, headers=headers)


@router.get("/go/{entity_type}/{entity_id:id}", response_class=RedirectResponse, status_code=302)
async def go_to_run_by_path(request: Request, access: AccessOf, entity_type: str, entity_id: str) -> Response:
    """As `/go?type=…&id=…`, for ids that a path can hold; encode what is not a letter or digit."""
    return await go_to_run(request, access, id_of_path(entity_type), entity_id)
