"""Who may ask, and how: the checks that every request passes before anything is looked up. Pure.

A page of another site can make a browser send requests to this server. It can't read the answers,
unless it gets its own name to lead here (DNS rebinding): so the name that was asked for must be one
of this server's. Requests that a browser says come from elsewhere are refused, too.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from changer.values import NamedTuple
from changer.web.answer import Answer, refusal
from changer.web.request import WebRequest
from changer.web.token import Tokens

METHODS = ("GET", "HEAD")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_HOST = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9._-]+))(?::[0-9]{1,5})?")
_ORIGIN = re.compile(r"https?://(.+)")
_NAVIGATION = ("navigate", "document")
_HOST_HINT = "add the name with --allow-host, or ask for the address that changer serve printed"
_TOKEN_HINT = "send the header Authorization: Bearer, and a token of the file of --token-file"  # noqa: S105


class Policy(NamedTuple):
    """Whom a server answers.

    names   that it may be asked by, besides the loopback's and the address that was reached.
    tokens  one of which is needed for data; None: none is.
    """

    names: Collection[str]
    tokens: Tokens | None


def host_name(text: str | None) -> str | None:
    """The name or address in a Host header, in lower case; None where it is not one."""
    found = _HOST.fullmatch(text or "")
    if found is None:
        return None
    return (found["six"] or found["name"]).lower().rstrip(".")


def refused(request: WebRequest, policy: Policy, *, is_page: bool) -> Answer | None:
    """Why a request is refused, as an answer; None: it is not.

    ``is_page``: it is for a file of the page, which has no data in it.
    """
    if request.method not in METHODS:
        answer = refusal(405, "usage", "this server only shows", hint="use GET or HEAD")
        return answer._replace(headers=(("allow", ", ".join(METHODS)),))
    if _has_body(request):
        answer = refusal(413, "usage", "a request has no body here")
        return answer._replace(headers=(("connection", "close"),))
    if not _is_own_name(request, policy):
        return refusal(
            421, "access-denied", "this server does not go by that name", hint=_HOST_HINT
        )
    if not _is_from_here(request, is_page=is_page):
        return refusal(403, "access-denied", "pages of other sites may not ask this server")
    if policy.tokens is None or is_page:
        return None
    if not policy.tokens.admit(request.header("authorization")):
        answer = refusal(401, "access-denied", "a token is needed", hint=_TOKEN_HINT)
        return answer._replace(headers=(("www-authenticate", 'Bearer realm="changer"'),))
    return None


def _has_body(request: WebRequest) -> bool:
    length = request.headers.get("content-length", ("0",))
    return "transfer-encoding" in request.headers or any(each.strip("0") for each in length)


def _is_own_name(request: WebRequest, policy: Policy) -> bool:
    name = host_name(request.header("host"))
    if name is None:
        return False
    return name in LOOPBACK or name in policy.names or name == (request.reached or "").lower()


def _is_from_here(request: WebRequest, *, is_page: bool) -> bool:
    """Whether a browser says that a page of this server asks, or that a person follows a link."""
    site = request.headers.get("sec-fetch-site", ("none",))
    mode = (request.header("sec-fetch-mode"), request.header("sec-fetch-dest"))
    is_link = is_page and mode == _NAVIGATION
    if not (set(site) <= {"none", "same-origin"} or is_link):
        return False
    if "origin" not in request.headers:
        return True
    origin = _ORIGIN.fullmatch(request.header("origin") or "")
    return origin is not None and origin[1].lower() == (request.header("host") or "").lower()
