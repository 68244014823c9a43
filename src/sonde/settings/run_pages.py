"""The pages of runs in a job system: templates of their addresses, those that are known and any other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

PROVIDERS: Final[Mapping[str, str]] = {
    "trigger.dev": "{base_url}/orgs/{org}/projects/{project}/env/{env}/runs/{run_id}",
    "temporal": "{base_url}/namespaces/{project}/workflows/{run_id}",
    "airflow": "{base_url}/dags/{project}/runs/{run_id}",
    "prefect": "{base_url}/runs/flow-run/{run_id}",
    "dagster": "{base_url}/runs/{run_id}",
    "flower": "{base_url}/task/{run_id}",
}
"""Template of each job system, for servers of one's own and, with `_HOSTED`, for what their makers host."""

_HOSTED: Final[Mapping[str, str]] = {
    "trigger.dev": "https://cloud.trigger.dev/orgs/{org}/projects/{project}/env/{env}/runs/{run_id}",
    "temporal": "https://cloud.temporal.io/namespaces/{project}/workflows/{run_id}",
    "prefect": "https://app.prefect.cloud/account/{org}/workspace/{project}/runs/flow-run/{run_id}",
    "dagster": "https://{org}.dagster.cloud/{env}/runs/{run_id}",
}
"""Without a `base_url`."""

_DEFAULTS: Final[Mapping[str, Mapping[str, str]]] = {
    "trigger.dev": {"env": "prod"},
    "dagster": {"env": "prod"},
}

FIELDS: Final = ("provider", "url_template", "base_url", "org", "project", "env")
"""Settings that make a template; each is `links.<name>`."""

VARIABLES: Final = ("run_id", "base_url", "org", "project", "env")

ALLOWED_TEMPLATE: Final = "an address that starts with http:// or https:// and has {run_id} in it"

_PLACE = re.compile(r"\{([^{}]*)\}")
_LONGEST: Final = 2048


@dataclass(frozen=True, slots=True)
class RunPages:
    """Makes the address of a run's page; of none where there is no template."""

    template: str = ""

    def url(self, run_id: str) -> str:
        """The address of this run's page; empty without a template or a run."""
        if not self.template or not run_id:
            return ""
        return self.template.replace("{run_id}", quote(run_id, safe=""))


def run_pages(values: Mapping[str, str]) -> RunPages:
    """What these settings (by the names of `FIELDS`) make. Raises ValueError, which names what is missing."""
    provider, template = values.get("provider", ""), values.get("url_template", "")
    given = {name: value for name in VARIABLES if (value := values.get(name, "").strip())}
    if template:
        check_template(template)
        what = "the template links.url_template needs"
    elif provider:
        template = PROVIDERS[provider]
        if "base_url" not in given:
            if provider not in _HOSTED:
                raise ValueError(f"links.base_url is missing: the address of your {provider} server")
            template = _HOSTED[provider]
        given = {**_DEFAULTS.get(provider, {}), **given}
        what = f"the pages of {provider} need"
    else:
        return RunPages()
    missing = [name for name in _PLACE.findall(template) if name != "run_id" and name not in given]
    if missing:
        names = [f"links.{name}" for name in dict.fromkeys(missing)]
        verb, them = ("is", "it") if len(names) == 1 else ("are", "them")
        raise ValueError(f"{' and '.join(names)} {verb} missing: {what} {them}")
    filled = _PLACE.sub(
        lambda place: place[0] if place[1] == "run_id" else _filled(place[1], given[place[1]]), template
    )
    if not is_web_address(filled):
        raise ValueError("it makes no address that starts with http:// or https://")
    return RunPages(filled)


def check_template(template: str) -> None:
    """Raise ValueError, which names what is wrong, for a template that no page of a run can be found by."""
    if odd := re.search(r"[\x00-\x20\x7f]", template):
        raise ValueError(f"{odd[0]!r} is in it")
    if not re.match(r"https?://[^/]|\{base_url\}", template):
        raise ValueError("it does not start with http:// or https://")
    names = _PLACE.findall(template)
    unknown = [name for name in names if name not in VARIABLES]
    if unknown:
        raise ValueError(f"there is no variable {{{unknown[0]}}}; there are {', '.join(VARIABLES)}")
    if brace := re.search(r"[{}]", _PLACE.sub("", template)):
        raise ValueError(f"a {brace[0]} is left over")
    if "run_id" not in names:
        raise ValueError("the variable {run_id} is missing")
    if "{" in re.split(r"[/?#]", template.partition("://")[2])[0].replace("{org}", ""):
        raise ValueError("its host may hold no variable but {org}")


def is_web_address(url: str) -> bool:
    """Whether a browser may be sent there: http or https, a host, nothing invisible in it.

    Addresses of runs come with telemetry, from whoever may send some: `javascript:` must stay text.
    """
    if len(url) > _LONGEST or re.search(r"[\x00-\x20\x7f\\]", url):
        return False
    return re.match(r"https?://[^/?#@]+([/?#]|$)", url, re.IGNORECASE) is not None


def _filled(name: str, value: str) -> str:
    return value.rstrip("/") if name == "base_url" else quote(value, safe="")
