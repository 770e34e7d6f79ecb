"""Report on a server: how large the store is, and whether what it commits lasts."""

from __future__ import annotations

from changer.errors import ChangerError, StoreUnreachable
from changer.store.postgresql.connection import Server
from changer.store.postgresql.failures import READ_ONLY, server_failures
from changer.store.postgresql.standing import Standing, current

_READ_ONLY = "SELECT pg_is_in_recovery(), current_setting('default_transaction_read_only')"
_SIZE = "SELECT pg_database_size(current_database())"


def report(url: str, *, allow_async: bool) -> tuple[int, list[ChangerError]]:
    """Bytes of the database, and what is wrong with its server. Raises as opening the store."""
    with server_failures(url), Server(url).connect() as connection:
        size = int(connection.execute(_SIZE.encode()).fetchall()[0][0])
        is_standby, read_only = connection.execute(_READ_ONLY.encode()).fetchall()[0]
        if is_standby or read_only == "on":
            what = "a standby" if is_standby else "read-only"
            return size, [
                StoreUnreachable(f"the server of the state store {url} is {what}", hint=READ_ONLY)
            ]
        try:
            standing = Standing.of(connection.execute(current()).fetchall(), url)
            standing.require_writable(allow_async=allow_async)
        except ChangerError as error:
            return size, [error]
    return size, []
