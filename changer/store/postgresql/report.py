"""Report on a server: how large the store is, and whether what it commits lasts."""

from __future__ import annotations

from changer.errors import ChangerError, StoreUnreachable
from changer.store.postgresql.connection import Server
from changer.store.postgresql.failures import READ_ONLY, server_failures
from changer.store.postgresql.standing import CURRENT, Standing
from changer.values import NamedTuple

_READ_ONLY = "SELECT pg_is_in_recovery(), current_setting('default_transaction_read_only')"
_SIZE = "SELECT pg_database_size(current_database())"


class Report(NamedTuple):
    """Bytes of the database, why it is not to be written to, and what may be missing in it."""

    size: int
    problem: ChangerError | None
    doubt: str | None


def report(url: str, *, allow_async: bool) -> Report:
    """Look at the server. Raises as opening the store."""
    with server_failures(url), Server(url).connect() as connection:
        size = int(connection.execute(_SIZE.encode()).fetchall()[0][0])
        is_standby, read_only = connection.execute(_READ_ONLY.encode()).fetchall()[0]
        standing = Standing.of(connection.execute(CURRENT.encode()).fetchall(), url)
        if is_standby or read_only == "on":
            what = "a standby" if is_standby else "read-only"
            refused = StoreUnreachable(
                f"the server of the state store {url} is {what}", hint=READ_ONLY
            )
            return Report(size, refused, standing.doubt)
        try:
            standing.require_writable(allow_async=allow_async)
        except ChangerError as error:
            return Report(size, error, standing.doubt)
    return Report(size, None, standing.doubt)
