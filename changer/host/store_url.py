"""Where a state store is that is not a file: ``postgresql://``, without a password.

A password would be seen in lists of processes, in logs and in settings that others may read. libpq
finds one in a password file (``~/.pgpass``, ``passfile=``), a service file or ``PGPASSWORD``.
"""

from __future__ import annotations

import re

from changer.errors import UsageError

SCHEMES = ("postgresql://", "postgres://")
_PASSWORD = re.compile(r"(?<=://)([^/?#@]*):[^/?#]*@|([?&](?:ssl)?password=)[^&]*", re.IGNORECASE)


def shown(url: str) -> str:
    """The same without what may be a password."""

    def masked(match: re.Match[str]) -> str:
        return f"{match[2]}***" if match[1] is None else f"{match[1]}:***@"

    return _PASSWORD.sub(masked, url)


def require_store_url(url: str) -> None:
    """Raise UsageError for a URL of anything else, or with a password in it."""
    if not url.startswith(SCHEMES):
        raise UsageError(
            f"{shown(url)} is not a URL of PostgreSQL",
            hint="such as postgresql://changer@db.example.com/changer; a file has no ://",
        )
    if shown(url) != url:
        raise UsageError(
            f"the state store {shown(url)} has to be named without its password",
            hint="put it into ~/.pgpass, or into the file that passfile=FILE in the URL names",
        )
