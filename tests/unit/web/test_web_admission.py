"""Who is let in: by name, origin, method and token."""

from __future__ import annotations

import pytest

from changer.web.admission import Policy, host_name, refused
from changer.web.request import WebRequest
from changer.web.token import Tokens

TOKEN = "0123456789abcdef0123"


def request(method: str = "GET", reached: str | None = "192.0.2.10", **headers: str) -> WebRequest:
    named = {name.replace("_", "-"): (value,) for name, value in headers.items()}
    return WebRequest(method, "/api/v1/status", "", {"host": ("localhost",), **named}, reached)


def status(asked: WebRequest, *, is_page: bool = False, tokens: Tokens | None = None) -> int:
    answer = refused(asked, Policy(frozenset({"tapes.example"}), tokens), is_page=is_page)
    return 200 if answer is None else answer.status


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("localhost", "localhost"),
        ("LocalHost:8410", "localhost"),
        ("tapes.example.:80", "tapes.example"),
        ("[::1]:8410", "::1"),
        ("[2001:DB8::1]", "2001:db8::1"),
        ("127.0.0.1", "127.0.0.1"),
        *((text, None) for text in ("", ":80", "a b", "a/b", "a@b", "localhost:", "localhost:x")),
        *((text, None) for text in ("::1", "[::1", "[::1]x", "localhost:123456", "a\r\nb", "ä")),
        (None, None),
    ],
)
def test_name_in_a_host_header(text: str | None, name: str | None) -> None:
    assert host_name(text) == name


@pytest.mark.parametrize(
    "host",
    (
        *("localhost", "127.0.0.1:9", "[::1]:8410", "tapes.example", "TAPES.example:443"),
        *("192.0.2.10:8410",),
    ),
)
def test_own_names_are_answered(host: str) -> None:
    assert status(request(host=host)) == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "tapes.example.evil.example", "192.0.2.11", "localhost.evil.example", ""],
)
def test_other_names_are_not(host: str) -> None:
    assert status(request(host=host)) == 421
    assert status(request(host=host), is_page=True) == 421, "the page is no exception"


def test_an_address_that_was_not_reached_is_not_a_name() -> None:
    assert status(request(host="192.0.2.10", reached="127.0.0.1")) == 421
    assert status(request(host="192.0.2.10", reached=None)) == 421


def test_two_host_headers_are_refused() -> None:
    both = {"host": ("localhost", "localhost")}
    assert status(WebRequest("GET", "/", "", both, None)) == 421


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "get"])
def test_nothing_but_looking_is_a_method(method: str) -> None:
    assert status(request(method)) == 405


@pytest.mark.parametrize(
    "headers", [{"content_length": "1"}, {"transfer_encoding": "chunked"}, {"content_length": "x"}]
)
def test_a_request_with_a_body_is_refused(headers: dict[str, str]) -> None:
    assert status(request(**headers)) == 413
    assert status(request(content_length="0")) == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site", "", "other"])
def test_requests_of_other_sites_are_refused(site: str) -> None:
    assert status(request(sec_fetch_site=site)) == 403


def test_a_link_of_another_site_leads_to_the_page_and_not_to_data() -> None:
    link = request(
        sec_fetch_site="cross-site", sec_fetch_mode="navigate", sec_fetch_dest="document"
    )
    assert status(link, is_page=True) == 200
    assert status(link) == 403
    frame = request(sec_fetch_site="cross-site", sec_fetch_mode="navigate", sec_fetch_dest="iframe")
    assert status(frame, is_page=True) == 403


@pytest.mark.parametrize(
    "origin",
    (
        *("http://evil.example", "null", "http://localhost.evil.example", "file://localhost", ""),
        *("http://localhost:9999", "http://tapes.example"),
    ),
)
def test_another_origin_is_refused(origin: str) -> None:
    assert status(request(origin=origin)) == 403


def test_the_own_origin_is_not() -> None:
    assert status(request(host="localhost:8410", origin="http://localhost:8410")) == 200
    assert status(request(host="tapes.example", origin="https://tapes.example")) == 200


@pytest.mark.parametrize("header", [f"Bearer {TOKEN}", f"bearer {TOKEN}", f"Bearer  {TOKEN} "])
def test_a_token_admits(header: str) -> None:
    tokens = Tokens((b"another-token-0123", TOKEN.encode()))
    assert status(request(authorization=header), tokens=tokens) == 200


@pytest.mark.parametrize(
    "header",
    (
        *("", "Bearer", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}x"),
        *("Bearer \xff\u20ac", f"Bearer {TOKEN.upper()}"),
    ),
)
def test_anything_else_does_not(header: str) -> None:
    assert status(request(authorization=header), tokens=Tokens((TOKEN.encode(),))) == 401
    assert status(request(), tokens=Tokens((TOKEN.encode(),))) == 401


def test_the_page_has_no_data_and_needs_no_token() -> None:
    assert status(request(), is_page=True, tokens=Tokens((TOKEN.encode(),))) == 200
