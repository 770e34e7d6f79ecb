"""Address of the host that owns a library: ``ssh://[user@]host[:port]`` (pure)."""

from __future__ import annotations

import re

from changer.values import NamedTuple

_URL = re.compile(
    # ssh takes neither a user nor a host that begins like an option.
    r"ssh://(?:(?P<user>[A-Za-z0-9_][A-Za-z0-9_.+-]*)@)?"
    r"(?:\[(?P<ipv6>[0-9A-Fa-f:.]+(?:%[A-Za-z0-9_.-]+)?)\]|(?P<host>[A-Za-z0-9_][A-Za-z0-9_.-]*))"
    r"(?::(?P<port>[0-9]{1,5}))?/?"
)
_HIGHEST_PORT = 65535


class OwnerAddress(NamedTuple):
    """Where a library's owner is reached; what is None is left to ssh's own settings."""

    host: str
    user: str | None = None
    port: int | None = None

    def __str__(self) -> str:
        user = f"{self.user}@" if self.user else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"ssh://{user}{host}{f':{self.port}' if self.port else ''}"


def parse_owner(text: str) -> OwnerAddress | None:
    """The address in an URL; None for any other text."""
    match = _URL.fullmatch(text)
    if match is None or not 0 < int(match["port"] or 22) <= _HIGHEST_PORT:
        return None
    port = int(match["port"]) if match["port"] else None
    return OwnerAddress(match["ipv6"] or match["host"], match["user"], port)
