"""Answers: compressed where that is asked for, and sent once."""

from __future__ import annotations

import gzip
from random import Random

import pytest

from changer.errors import UsageError
from changer.web.answer import JSON, Answer, Body, as_sent, packed
from changer.web.request import WebRequest, request_of

LONG = b"0123456789" * 1000


def request(**headers: str) -> WebRequest:
    named = {name.replace("_", "-"): (value,) for name, value in headers.items()}
    return WebRequest("GET", "/", "", named, None)


@pytest.mark.parametrize("accepted", ["gzip", "br, GZIP", "gzip;q=0.5", "deflate,gzip ; q=1"])
def test_short_form_is_sent_where_it_is_taken(accepted: str) -> None:
    status, headers, content = as_sent(
        Answer(200, packed(JSON, LONG)), request(accept_encoding=accepted)
    )
    assert status == 200 and (b"content-encoding", b"gzip") in headers
    assert gzip.decompress(content) == LONG and len(content) < 200
    assert (b"vary", b"accept-encoding") in headers


@pytest.mark.parametrize("accepted", ["", "br", "gzip;q=0", "gzip;q=0.0", "x-gzip"])
def test_plain_form_is_sent_where_it_is_not(accepted: str) -> None:
    _, headers, content = as_sent(
        Answer(200, packed(JSON, LONG)), request(accept_encoding=accepted)
    )
    assert content == LONG and b"content-encoding" not in dict(headers)


def test_what_is_short_is_not_made_shorter() -> None:
    assert packed(JSON, b"{}").packed is None
    assert packed(JSON, b" " * 511).packed is None
    assert packed(JSON, b" " * 512).packed is not None
    assert packed(JSON, Random(1).randbytes(2000)).packed is None, "it would be longer"


def test_an_answer_has_these_headers_and_no_others() -> None:
    answer = Answer(503, packed(JSON, LONG, etag='"1"'), (("retry-after", "5"),))
    common = [
        (b"cache-control", b"private, no-cache"),
        (b"retry-after", b"5"),
        (b"vary", b"accept-encoding"),
        (b"etag", b'"1"'),
    ]
    length, kind = (b"content-length", b"10000"), (b"content-type", b"application/json")
    assert as_sent(answer, request()) == (503, [*common, kind, length], LONG)
    assert as_sent(answer, request(if_none_match='"1"'))[0] == 503, "no picture to keep"
    found = answer._replace(status=200)
    assert as_sent(found, request(if_none_match='"1"')) == (304, common, b"")
    status, headers, content = as_sent(found, request(accept_encoding="gzip"))
    short = (b"content-length", str(len(content)).encode())
    assert (status, headers) == (200, [*common, (b"content-encoding", b"gzip"), kind, short])
    plain = Answer(200, Body(JSON, b"{}"))
    assert as_sent(plain, request(accept_encoding="gzip", if_none_match="")) == (
        200,
        [common[0], kind, (b"content-length", b"2")],
        b"{}",
    )


@pytest.mark.parametrize("known", ['"1"', '"0", "1"', '"x","1" '])
def test_what_is_known_is_not_sent_again(known: str) -> None:
    answer = Answer(200, Body(JSON, b"{}", etag='"1"'))
    status, headers, content = as_sent(answer, request(if_none_match=known))
    assert (status, content) == (304, b"") and (b"etag", b'"1"') in headers
    assert as_sent(answer, request(if_none_match='"2"'))[0] == 200


def test_parameters_are_those_that_are_known() -> None:
    def asked(query: bytes) -> WebRequest:
        return request_of(
            {"method": "GET", "path": "/", "query_string": query, "headers": [], "server": None}
        )

    assert asked(b"label=A%2A&label=B").parameters("label") == {"label": ("A*", "B")}
    assert asked(b"").parameters() == {}
    assert asked(b"label=").parameters("label") == {"label": ("",)}
    most = asked(b"&".join([b"label=1"] * 32)).parameters("label")
    assert most == {"label": ("1",) * 32}
    for query in (b"labels=1", b"label", b"label=%ff", b"&".join([b"label=1"] * 33), b"&&=;"):
        with pytest.raises(UsageError) as raised:
            asked(query).parameters("label")
        assert "labels" not in raised.value.message, "no word of the request"


@pytest.mark.parametrize(
    ("server", "reached"),
    [(("192.0.2.1", 80), "192.0.2.1"), (("/run/http", None), None), (None, None)],
)
def test_request_is_what_the_server_passes_on(
    server: tuple[str, int | None] | None, reached: str | None
) -> None:
    scope = {
        "method": "GET",
        "path": "/x",
        "query_string": b"a=\xe4",
        "headers": [(b"Host", b"a"), (b"x", b"1"), (b"X", b"2\xe4")],
        "server": server,
    }
    found = request_of(scope)
    headers = {"host": ("a",), "x": ("1", "2\xe4")}
    assert found == WebRequest("GET", "/x", "a=\xe4", headers, reached)
    assert [found.header(name) for name in ("host", "x", "none")] == ["a", None, None]
