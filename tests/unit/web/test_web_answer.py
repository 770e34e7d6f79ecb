"""Answers: compressed where that is asked for, and sent once."""

from __future__ import annotations

import gzip

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
    for query in (b"labels=1", b"label", b"label=%ff", b"&".join([b"label=1"] * 40), b"&&=;"):
        with pytest.raises(UsageError) as raised:
            asked(query).parameters("label")
        assert "labels" not in raised.value.message, "no word of the request"
