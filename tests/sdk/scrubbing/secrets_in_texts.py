"""Made-up secrets of every kind, and texts around them."""

from __future__ import annotations

import base64
import json
import string

from hypothesis import strategies as st

_ALNUM = string.ascii_letters + string.digits
_URLSAFE = _ALNUM + "-_"


def _text(alphabet: str, least: int, most: int) -> st.SearchStrategy[str]:
    return st.text(alphabet, min_size=least, max_size=most)


def _with_check_digit(digits: str) -> str:
    for last in "0123456789":
        total = 0
        for position, digit in enumerate(reversed(digits + last)):
            value = int(digit) * (2 if position % 2 else 1)
            total += value - 9 if value > 9 else value
        if total % 10 == 0:
            return digits + last
    raise AssertionError(digits)


def _grouped(digits: str, sizes: tuple[int, ...], gap: str) -> str:
    groups: list[str] = []
    for size in sizes:
        groups.append(digits[:size])
        digits = digits[size:]
    return gap.join(groups)


@st.composite
def cards(draw: st.DrawFn) -> str:
    issuer, length, sizes = draw(
        st.sampled_from(
            [
                ("4", 16, (4, 4, 4, 4)),
                ("51", 16, (4, 4, 4, 4)),
                ("2221", 16, (4, 4, 4, 4)),
                ("6011", 16, (4, 4, 4, 4)),
                ("62", 16, (4, 4, 4, 4)),
                ("3530", 16, (4, 4, 4, 4)),
                ("34", 15, (4, 6, 5)),
                ("37", 15, (4, 6, 5)),
                ("36", 14, (4, 6, 4)),
            ]
        )
    )
    rest = length - len(issuer) - 1
    digits = _with_check_digit(issuer + draw(_text(string.digits, rest, rest)))
    return _grouped(digits, sizes, draw(st.sampled_from(["", " ", "-"])))


@st.composite
def jwts(draw: st.DrawFn) -> str:
    def part(content: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")

    subject = draw(_text(_ALNUM, 1, 20))
    return f"{part({'alg': 'HS256'})}.{part({'sub': subject})}.{draw(_text(_URLSAFE, 20, 43))}"


private_keys = _text(_ALNUM + "+/\n", 20, 200).map(
    lambda body: f"-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----"
)

api_keys = st.one_of(
    _text(_ALNUM, 20, 48).map(lambda body: f"sk-{body}7"),
    _text(_ALNUM, 20, 48).map(lambda body: f"sk-proj-{body}7"),
    _text(_ALNUM, 24, 24).map(lambda body: f"sk_live_{body}"),
    _text(_ALNUM, 36, 36).map(lambda body: f"ghp_{body}"),
    _text(_ALNUM + "_", 60, 82).map(lambda body: f"github_pat_{body}"),
    _text(_ALNUM, 20, 20).map(lambda body: f"glpat-{body}"),
    _text(string.ascii_uppercase + string.digits, 16, 16).map(lambda body: f"AKIA{body}"),
    _text(_ALNUM + "-", 20, 50).map(lambda body: f"xoxb-{body}"),
    _text(_URLSAFE, 35, 35).map(lambda body: f"AIza{body}"),
    _text(_ALNUM, 36, 36).map(lambda body: f"npm_{body}"),
    _text(_URLSAFE, 43, 43).map(lambda body: f"sonde_0a1b2c3d_{body}"),
)

# Whatever kind it is, and wherever it stands.
of_known_shape = st.one_of(cards(), jwts(), private_keys, api_keys)

# A value that only its name makes a secret: no part of the names and marks that stay.
named_values = _text(_ALNUM + "!$%*+-./?@^_~", 6, 30).map(lambda body: f"Zq{body}9")

secret_names = st.sampled_from(
    [
        "password",
        "db.password",
        "DB_PASSWORD",
        "userPassword",
        "passwd",
        "client_secret",
        "clientSecret",
        "api_key",
        "apiKey",
        "API-KEY",
        "X-Api-Key",
        "access_token",
        "refreshToken",
        "TOKEN",
        "credentials",
        "private_key",
        "encryptionKey",
        "otp",
        "userSsn",
        "csrf_token",
    ]
)

_HEADER_NAMES = st.sampled_from(
    ["Authorization", "authorization", "Proxy-Authorization", "Cookie", "Set-Cookie"]
)


@st.composite
def assignments(draw: st.DrawFn) -> tuple[str, str]:
    """A secret value, and a text that gives it a name."""
    name, value = draw(secret_names), draw(named_values)
    form = draw(st.integers(0, 16))
    other = draw(st.sampled_from(["user", "x", "size"]))
    texts = [
        f"{name}={value}",
        f"{name} = {value} {other}=5",
        f"{name}: {value}",
        f"--{name} {value} --{other} 5",
        f"--{name}={value}",
        f"{other}=5&{name}={value}&page=2".replace("%", ""),
        f"Server=db;{name}={value};Timeout=5",
        json.dumps({other: 5, name: value}),
        json.dumps({other: {"deep": [{name: value}]}}),
        json.dumps(json.dumps({name: value, other: 1})),
        json.dumps({other: json.dumps({name: [value, value]})}),
        repr({other: 5, name: value}),
        f"Settings({other}=5, {name}={value!r})",
        f"{{'{name}': '{value}', 'tr",
        f"<{name}>{value}</{name}>",
        f"UPDATE t SET {other} = 5, {name} = '{value}' WHERE id = 7".replace("-", "_")
        if "-" not in value
        else f"{name}='{value}'",
        f"{other}[{name}]={value}",
    ]
    return value.replace("%", "") if form == 5 else value, texts[form]


@st.composite
def headers(draw: st.DrawFn) -> tuple[str, str]:
    """A secret value, and a text with a header that carries it."""
    name, value = draw(_HEADER_NAMES), draw(named_values)
    content = draw(
        st.sampled_from(
            [f"Bearer {value}", f"Basic {value}", f"session={value}", f'a=1; b="{value}"; c={value}', value]
        )
    )
    line = draw(
        st.sampled_from(
            [
                f"{name}: {content}\r\nHost: shop",
                f"GET / HTTP/1.1\n{name}: {content}\nHost: shop",
                repr({name: content.replace('"', "")}),
                repr((name.lower().encode(), content.replace('"', "").encode())),
                json.dumps({"headers": {name: content}}),
            ]
        )
    )
    return value, line


@st.composite
def addresses(draw: st.DrawFn) -> tuple[str, str]:
    """A password, and an address that carries it."""
    value = draw(named_values)
    scheme = draw(st.sampled_from(["https", "postgresql", "redis", "amqp+ssl"]))
    user = draw(st.sampled_from(["", "bob", "bob%40corp"]))
    return value, f"{scheme}://{user}:{value}@db.example:5432/shop?size=5"


around = st.sampled_from(
    [
        "{}",
        " {} ",
        "got {}, stopping",
        '"{}"',
        "'{}'",
        "({})",
        "[{}]",
        "a\n{}\nb",
        "\t{}",
        "value={};",
        "{}?",
        "ключ {} €",
    ]
)

not_secret = st.one_of(
    st.uuids().map(str),
    st.uuids().map(lambda value: value.hex),
    _text("0123456789abcdef", 16, 16),
    st.integers(1_600_000_000, 1_999_999_999).map(str),
    st.integers(1_600_000_000_000, 1_999_999_999_999).map(str),
    st.integers(1_600_000_000_000_000, 1_999_999_999_999_999).map(str),
    st.integers(1_600_000_000_000_000_000, 1_999_999_999_999_999_999).map(str),
    st.floats(0, 1).map(str),
    st.datetimes().map(lambda value: value.isoformat()),
    st.ip_addresses().map(str),
    st.integers(0, 10**15)
    .map(lambda number: _with_check_digit(f"{number:015d}"))
    .map(lambda digits: digits[:-1] + str((int(digits[-1]) + 1) % 10)),
    st.sampled_from(
        [
            "GET /api/orders/1234567/items?page=3&size=20",
            "http://127.0.0.1:8080/api/orders?from=2026-01-01&by=a@b.example",
            "SELECT id, total FROM orders WHERE customer_id = ? AND state IN ('open', 'paid')",
            "processed order A-1001 for customer 5512 in 12.4 ms (3 items, 99.50 EUR)",
            "author: Jane; session.id=5; max_tokens=100; input_tokens: 7; tokenizer=bpe",
            "the secretary authorized it; monkeys=3; task-5f1c2f9e2f0a4b7e9d5e2f0a",
            "Basic authentication is required for this realm",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)",
            'File "/srv/shop/orders.py", line 41, in place_order',
            '{"order": {"id": "A-1001", "total": 99.50, "lines": [1, 2]}, "ok": true}',
            "arn:aws:s3:::bucket/key",
            "def login(user, password: str, token=None) -> None:",
        ]
    ),
)
