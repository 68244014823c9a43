"""The pages of the tool: a payment, a billing run, an invoice, a webhook, a notification."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

TITLES = {
    "payment": "Payment",
    "billing_run": "Billing run",
    "invoice": "Invoice",
    "webhook": "Webhook",
    "notification": "Notification",
}
PREFIXES = {"invoice": "inv_", "webhook": "whk_", "notification": "ntf_"}
PAYMENTS_OF_A_PERIOD = 6

STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 50rem; margin: 2rem auto; padding: 0 1rem; }
h1 { overflow-wrap: anywhere; }
nav a { margin-right: 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid #8884; }
input { width: 24rem; max-width: 60%; }

/* The link takes the colours of the tool. */
sonde-link { --sonde-link-color: #0a6b4f; --sonde-link-decoration: none; --sonde-link-weight: 600; }
sonde-link::part(message) { font-style: italic; }

/* On a phone what belongs to one thing stands below each other. */
@media (max-width: 40rem) {
  thead { display: none; }
  tr, td { display: block; }
  tr { padding: .4rem 0; border-bottom: 1px solid #8884; }
  td { padding: 0; border: 0; overflow-wrap: anywhere; }
  td[data-name]::before { content: attr(data-name) " "; opacity: .7; }
}
@media (prefers-color-scheme: dark) { sonde-link { --sonde-link-color: #5fd3ae; } }
"""


@dataclass(frozen=True)
class Thing:
    """A business object."""

    type: str
    id: str

    @property
    def path(self) -> str:
        """Its page."""
        return f"/{self.type}/{quote(self.id, safe='')}"


def related(thing: Thing, period: str) -> list[Thing]:
    """What belongs to it, itself first: of a payment its invoice, webhook and notification, and so on."""
    if thing.type == "billing_run":
        return [
            thing,
            *(Thing("payment", f"pym_{period}_{number}") for number in range(PAYMENTS_OF_A_PERIOD)),
        ]
    prefix = PREFIXES.get(thing.type, "")
    payment = Thing("payment", thing.id.removeprefix(prefix))
    others = [Thing(kind, before + payment.id) for kind, before in PREFIXES.items()]
    return list(dict.fromkeys([thing, payment, *others]))


def home(period: str, runs: Iterable[Thing], sonde: str) -> str:
    """Where somebody looks for something."""
    first = Thing("payment", f"pym_{period}_1")
    shown = [*related(first, period), *runs]
    items = "".join(f"<li>{TITLES[each.type]} {_link(each)}</li>" for each in shown)
    choice = "".join(f'<option value="{kind}">{title}</option>' for kind, title in TITLES.items())
    form = (
        f'<form action="/open"><select name="type" aria-label="What">{choice}</select> '
        '<input name="id" aria-label="Id" placeholder="its id" required> <button>Open</button></form>'
    )
    return _page("Support", f"<h1>Support</h1>{form}<p>For example:</p><ul>{items}</ul>", sonde)


def thing_page(thing: Thing, period: str, sonde: str) -> str:
    """A business object, what belongs to it, and the run that processed each of these last."""
    token_url = f"/sonde-token?type={quote(thing.type)}&amp;id={quote(thing.id, safe='')}"
    rows = "".join(
        f"<tr><td>{TITLES[each.type]}</td><td>{_link(each)}</td>"
        f'<td data-name="Processed by">{_sonde_link(each, token_url)}</td></tr>'
        for each in related(thing, period)
    )
    head = "<thead><tr><th>What</th><th>Id</th><th>Processed by</th></tr></thead>"
    title = f"{TITLES[thing.type]} {thing.id}"
    return _page(title, f"<h1>{escape(title)}</h1><table>{head}<tbody>{rows}</tbody></table>", sonde)


def _sonde_link(thing: Thing, token_url: str) -> str:
    return (
        f'<sonde-link entity-type="{thing.type}" entity-id="{escape(thing.id)}" token-url="{token_url}">'
        "</sonde-link>"
    )


def _link(thing: Thing) -> str:
    return f'<a href="{thing.path}">{escape(thing.id)}</a>'


def _page(title: str, body: str, sonde: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
        '<link rel="stylesheet" href="/style.css"><link rel="icon" href="data:,">'
        f'<script src="{escape(sonde)}/sonde-link.js" defer></script></head>'
        f'<body><nav><a href="/">Support</a></nav>{body}</body></html>'
    )
