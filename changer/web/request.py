"""A request as the server passes it on, as a value: nothing in it is trusted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from changer.errors import UsageError
from changer.values import dataclass

_MOST_PARAMETERS = 32


@dataclass(frozen=True, slots=True)
class WebRequest:
    """A request. ``headers``: by lower-case name, each value that came.

    ``reached``: the address of this host that it came to; None: a socket in the file system.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, tuple[str, ...]]
    reached: str | None

    def header(self, name: str) -> str | None:
        """The only value of a header; None where it has none, or several."""
        values = self.headers.get(name, ())
        return values[0] if len(values) == 1 else None

    def parameters(self, *names: str) -> dict[str, tuple[str, ...]]:
        """The parameters of the query by name, of these names. Raises UsageError for others."""
        from urllib.parse import parse_qsl

        try:
            pairs = parse_qsl(
                self.query,
                keep_blank_values=True,
                strict_parsing=bool(self.query),
                errors="strict",
                max_num_fields=_MOST_PARAMETERS,
            )
        except ValueError:
            raise UsageError("the query can't be read", hint=_known(names)) from None
        found: dict[str, tuple[str, ...]] = {}
        for name, value in pairs:
            if name not in names:
                raise UsageError("the query has an unknown parameter", hint=_known(names))
            found[name] = (*found.get(name, ()), value)
        return found


def _known(names: Iterable[str]) -> str:
    return f"it takes {', '.join(names)}"


def request_of(scope: Mapping[str, Any]) -> WebRequest:
    """The request of an ASGI scope."""
    headers: dict[str, tuple[str, ...]] = {}
    for name, value in scope["headers"]:
        key = name.decode("latin-1").lower()
        headers[key] = (*headers.get(key, ()), value.decode("latin-1"))
    server = scope.get("server")
    return WebRequest(
        method=scope["method"],
        path=scope["path"],
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        reached=None if not server or server[1] is None else str(server[0]),
    )
