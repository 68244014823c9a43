"""No secret survives in a text, and what is none is left alone."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sdk.scrubbing.secrets_in_texts import (
    addresses,
    around,
    assignments,
    headers,
    not_secret,
    of_known_shape,
)

from sonde.sdk.scrubbing import Scrubber, ScrubOptions
from sonde.sdk.scrubbing.assignments import scrub_assignments
from sonde.sdk.scrubbing.keys import SecretNames
from sonde.sdk.scrubbing.prefilter import Prefilter
from sonde.sdk.scrubbing.shapes import known_shapes

SCRUBBER = Scrubber()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("password=hunter2 user=bob", "password=[scrubbed: password] user=bob"),
        ('{"password": "hun\\"ter2", "a": 1}', '{"password":"[scrubbed: password]","a":1}'),
        ("User(api_key='abc', name='y')", "User(api_key='[scrubbed: api key]', name='y')"),
        ("Authorization: Basic YTpi\nHost: x", "Authorization: [scrubbed: authorization]\nHost: x"),
        ('curl -H "Cookie: a=b; c=d" x', 'curl -H "Cookie: [scrubbed: cookie]" x'),
        ("https://h/p?token=abc&x=1", "https://h/p?token=[scrubbed: token]&x=1"),
        ("?X-Amz-Signature=ab12&x=1", "?X-Amz-Signature=[scrubbed: signature]&x=1"),
        ("redis://u:p@ss@h/0", "redis://u:[scrubbed: password]@h/0"),
        ("amqp://u:pa/s#s@h/0", "amqp://u:[scrubbed: password]@h/0"),
        ("login --password hunter2 -v", "login --password [scrubbed: password] -v"),
        ("got Bearer abcdefgh12345 from", "got Bearer [scrubbed: credentials] from"),
        ("card 4111 1111 1111 1111 ok", "card [scrubbed: card number] ok"),
        ("4000 4111 1111 1111 1111", "4000 [scrubbed: card number]"),
        ("credentials={'a': {'b': 1}} rest", "credentials=[scrubbed: credentials] rest"),
        ("password=crypt('x', salt()) WHERE", "password=[scrubbed: password] WHERE"),
        ("ALTER ROLE x PASSWORD 'hun''ter2' VALID", "ALTER ROLE x PASSWORD '[scrubbed: password]' VALID"),
        ("CREATE USER x IDENTIFIED BY 'pw'", "CREATE USER x IDENTIFIED BY '[scrubbed: password]'"),
        (
            "INSERT INTO t (id, pwd) VALUES (1, 'a'), (2, 'b')",
            "INSERT INTO t (id, pwd) VALUES (1, '[scrubbed: pwd]'), (2, '[scrubbed: pwd]')",
        ),
        ("<password>hunter2</password>", "<password>[scrubbed: password]</password>"),
        ("password: None, token=null", "password: None, token=null"),
    ],
)
def test_the_mark_says_what_was_there(before: str, after: str) -> None:
    assert SCRUBBER.text(before) == after


@given(of_known_shape, around)
def test_a_secret_of_known_shape_goes_wherever_it_stands(secret: str, around: str) -> None:
    scrubbed = SCRUBBER.text(around.replace("{}", secret))
    assert secret not in scrubbed
    assert "[scrubbed: " in scrubbed


@given(st.one_of(assignments(), headers(), addresses()))
def test_a_secret_goes_that_has_a_name(planted: tuple[str, str]) -> None:
    value, text = planted
    assert value not in SCRUBBER.text(text)


@given(st.one_of(assignments(), headers(), addresses()), st.text(max_size=40), st.text(max_size=40))
def test_what_stands_around_a_secret_hides_it_not(planted: tuple[str, str], before: str, after: str) -> None:
    value, text = planted
    assert value not in SCRUBBER.text(f"{before}\n{text}\n{after}")


@given(not_secret)
def test_what_is_no_secret_stays_the_same_object(text: str) -> None:
    assert SCRUBBER.text(text) is text


@given(st.one_of(of_known_shape, assignments().map(lambda planted: planted[1]), not_secret), around)
def test_scrubbing_again_changes_nothing(text: str, around: str) -> None:
    once = SCRUBBER.text(around.replace("{}", text))
    assert SCRUBBER.text(once) == once


@given(
    st.dictionaries(st.text(max_size=8), st.one_of(st.integers(), st.booleans(), of_known_shape), max_size=4)
)
def test_json_stays_json(document: dict[str, object]) -> None:
    assert json.loads(SCRUBBER.text(json.dumps(document))).keys() == document.keys()


_PIECES = st.sampled_from(
    [
        *("password", "Token", "API", "api", "Key", "key", "_", "-", " ", "=", ":", ": ", '"', "'", "x1"),
        *("sk-", "ghp_", "a" * 40, "4111111111111111", "://", "@", "eyJ", "{", "}", "SSN", "otp", "tokens"),
        *("<", ">", "</", "\n", "ü", "Bearer ", "IDENTIFIED BY ", "PRIVATE KEY", "-----BEGIN ", "-----", "&"),
        *("?", "sig=", "Cookie", ".", "\\", "%3D"),
    ]
)


@given(st.lists(_PIECES, max_size=12).map("".join))
def test_the_prefilter_lets_every_text_with_a_secret_through(text: str) -> None:
    names, shapes = SecretNames(), known_shapes(emails=True)
    scrubbed = text
    for shape in shapes:
        scrubbed = shape.scrub(scrubbed)
    if scrub_assignments(scrubbed, names) != text:
        assert Prefilter(names, shapes).possible(text)


def test_e_mail_addresses_go_only_where_asked_for() -> None:
    text = "mail from jane.doe+x@mail.example.com to <bob@example.org>"
    assert SCRUBBER.text(text) is text
    scrubber = Scrubber(ScrubOptions(emails=True))
    assert scrubber.text(text) == "mail from [scrubbed: e-mail] to <[scrubbed: e-mail]>"


@pytest.mark.parametrize(
    "text",
    [
        "password=" * 20_000,
        "://" * 50_000,
        "://a:" + "b@" * 50_000,
        '{"a":' * 30_000,
        "a" * 200_000 + "password",
        "x.y-" * 50_000 + "token=",
        "-----BEGIN PRIVATE KEY-----" * 5_000,
        "4111 " * 40_000,
        "token='" + "\\" * 100_000,
        "Bearer " * 30_000,
        "<password " * 20_000,
        "eyJ" + "a" * 200_000,
        "sk-" * 60_000,
        "insert into t (" * 10_000 + "password",
        "password(" * 20_000,
    ],
    ids=lambda text: str(text)[:16],
)
def test_a_hard_text_takes_no_longer_than_its_length_asks_for(text: str) -> None:
    began = time.thread_time()
    SCRUBBER.text(text)
    assert time.thread_time() - began < 3
