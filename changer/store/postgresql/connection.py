"""Connections to the server: made, checked, and made anew when they were lost."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeAlias

import psycopg
from psycopg.conninfo import conninfo_to_dict

from changer.errors import StoreUnreachable, UsageError
from changer.host.processes import host_id
from changer.host.store_url import require_store_url
from changer.store.postgresql.failures import unreachable
from changer.store.postgresql.statements import Row, RowMaker
from changer.values import dataclass

Connection: TypeAlias = "psycopg.Connection[Row]"

# A peer that is gone is noticed within half a minute; what the URL says goes before.
_OPTIONS = {
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "25000",  # milliseconds
}
_SEVERAL = {"target_session_attrs": "read-write"}


@dataclass(frozen=True, slots=True)
class Server:
    """Where the store is, and what is asked of it.

    allow_async      what is written may be lost when the server fails, as its settings have it.
    connect_seconds  for each of its addresses; libpq takes no less than two.
    """

    url: str
    allow_async: bool = False
    connect_seconds: int = 10

    def connect(self) -> Connection:
        """Connect, in autocommit, without anything that a pooler would give to another client.

        Raises UsageError, StoreUnreachable, AccessDenied.
        """
        given = _parsed(self.url)
        several = _SEVERAL if "," in str(given.get("host") or "") else {}
        own = {"connect_timeout": str(self.connect_seconds), "application_name": _name()}
        try:
            return psycopg.connect(
                "",
                autocommit=True,
                prepare_threshold=None,
                row_factory=RowMaker,
                **{**_OPTIONS, **several, **own, **given, "client_encoding": "UTF8"},  # type: ignore[arg-type]
            )
        except psycopg.Error as error:
            raise unreachable(error, self.url) from None


@contextmanager
def replicated(connection: Connection, url: str) -> Iterator[None]:
    """Raise StoreUnreachable if a commit within was not waited for until standbys had it.

    An administrator who cancels that wait (pg_cancel_backend) ends it with a warning alone.
    """
    told: list[str] = []

    def hear(notice: psycopg.errors.Diagnostic) -> None:
        if notice.sqlstate == "01000" and notice.severity_nonlocalized == "WARNING":
            told.append(notice.message_primary or "warning")

    connection.add_notice_handler(hear)
    try:
        yield
    finally:
        connection.remove_notice_handler(hear)
    if told:
        raise StoreUnreachable(
            f"a write to the state store {url} may not have reached its standbys: {told[0]}",
            hint="see to the standbys that synchronous_standby_names has, then try again",
        )


def _parsed(url: str) -> dict[str, object]:
    """What libpq reads of a URL. Raises UsageError, without libpq's words: they may quote it."""
    require_store_url(url)
    try:
        return {**conninfo_to_dict(url)}
    except psycopg.Error:
        raise UsageError(
            f"{url} is not a URL that libpq can read",
            hint="such as postgresql://changer@db.example.com/changer",
        ) from None


def _name() -> str:
    """By which an administrator sees whose connection it is; at most 63 octets."""
    return f"changer {host_id()[:12]} {os.getpid()}"
