"""An answer as a value, and the headers that every answer has."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import Any

from changer.errors import ChangerError
from changer.values import NamedTuple
from changer.web.request import WebRequest

JSON = "application/json"
TEXT = "text/plain; charset=utf-8"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
SECURITY_HEADERS: Mapping[str, str] = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
"""The browser runs and loads what this server gave it alone, and shows it in no other's frame."""
_SHORT = 512
_LEVEL = 4
_GZIP = 16 + zlib.MAX_WBITS


class Body(NamedTuple):
    """What is answered, made once and given to all who ask.

    ``etag``: of this content; None: it is not asked for again. ``packed``: by gzip, where that is
    shorter.
    """

    content_type: str
    plain: bytes
    packed: bytes | None = None
    etag: str | None = None


class Answer(NamedTuple):
    """A status, headers of its own, and a body."""

    status: int
    body: Body
    headers: tuple[tuple[str, str], ...] = ()


def packed(content_type: str, plain: bytes, *, etag: str | None = None) -> Body:
    """A body that is compressed where that pays."""
    if len(plain) < _SHORT:
        return Body(content_type, plain, None, etag)
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    short = packer.compress(plain) + packer.flush()
    return Body(content_type, plain, short if len(short) < len(plain) else None, etag)


def json_body(schema: str, content: Mapping[str, Any], *, etag: str | None = None) -> Body:
    """A document, as commands print it under --json."""
    document = {"schema": f"changer.{schema}/1", **content}
    return packed(JSON, json.dumps(document, separators=(",", ":")).encode(), etag=etag)


def refusal(status: int, code: str, message: str, *, hint: str | None = None) -> Answer:
    """An error as ``--json`` prints it. No word of the request is among its words."""
    document = {"error": {"code": code, "message": message, "hint": hint}}
    return Answer(status, Body(JSON, json.dumps(document).encode()))


def error_answer(error: ChangerError, status: int) -> Answer:
    """An error of the program, as an answer."""
    return refusal(status, error.code, error.message, hint=error.hint)


def as_sent(answer: Answer, request: WebRequest) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """Status, headers and body for this request: compressed, or not sent again."""
    body = answer.body
    headers = {"cache-control": "private, no-cache", **dict(answer.headers)}
    if body.packed is not None:
        headers["vary"] = "accept-encoding"
    if body.etag is not None:
        headers["etag"] = body.etag
        if answer.status == 200 and _is_known(request, body.etag):
            return 304, _encoded(headers), b""
    content = body.plain
    if body.packed is not None and _takes_gzip(request):
        content = body.packed
        headers["content-encoding"] = "gzip"
    headers["content-type"] = body.content_type
    headers["content-length"] = str(len(content))
    return answer.status, _encoded(headers), content


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


def _is_known(request: WebRequest, etag: str) -> bool:
    known = ",".join(request.headers.get("if-none-match", ()))
    return etag in (each.strip() for each in known.split(","))


def _takes_gzip(request: WebRequest) -> bool:
    for each in ",".join(request.headers.get("accept-encoding", ())).split(","):
        name, _, weight = each.partition(";")
        if name.strip().lower() == "gzip":
            return weight.replace(" ", "").removeprefix("q=").strip("0.") != "" or not weight
    return False
