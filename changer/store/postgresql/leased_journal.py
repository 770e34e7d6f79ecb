"""The journal under a lease: one statement renews it and puts a motion on record, or its outcome.

Neither is written where another host has taken the lease: that host settles what was under way.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Unpack

from changer.host.processes import host_id
from changer.host.trust import user_name
from changer.lock.lease import TERM_SECONDS
from changer.store.database import read_records
from changer.store.journal_tables import JournalTables
from changer.store.postgresql.database import PostgresDatabase
from changer.store.postgresql.lease import NOW, HeldLease
from changer.store.records import Move, MoveOutcome

if TYPE_CHECKING:
    from changer.store.database import Row
    from changer.store.fields import Intent

# As a transaction's: the commit waits for the disk, whatever the session's setting is.
_RENEWED = (
    "UPDATE leases SET version = version + 1, renewed_at = t.now,"
    f" expires_at = t.now + {TERM_SECONDS}, command_deadline ="
)
_WHERE_OURS = (
    f"FROM (SELECT {NOW} AS now, set_config('synchronous_commit',"
    " CASE current_setting('synchronous_commit') WHEN 'remote_apply' THEN 'remote_apply'"
    " ELSE 'on' END, TRUE)) t"
    " WHERE leases.name = :name AND epoch = :epoch AND leases.host_id = :host_id"
    " AND process = :process AND released_at IS NULL RETURNING epoch"
)
_ANNOUNCED = f"{_RENEWED} t.now + :reach {_WHERE_OURS}"
_SETTLED = (
    "settled AS (UPDATE moves SET outcome = :outcome,"
    " final_address = :final_address, message = :message, finished_at = :finished_at"
    " WHERE id = :id AND (outcome IS NULL OR outcome = 'unknown') AND EXISTS (SELECT 1 FROM held)"
    " RETURNING *) SELECT * FROM settled UNION ALL SELECT moves.* FROM moves, held"
    " WHERE moves.id = :id AND NOT EXISTS (SELECT 1 FROM settled)"
)
_FINISH = f"WITH held AS ({_RENEWED} NULL {_WHERE_OURS}), {_SETTLED}"
_FINISH_UNKNOWN = f"WITH held AS ({_RENEWED} command_deadline {_WHERE_OURS}), {_SETTLED}"
_FIND_BEGUN = (
    "SELECT * FROM moves WHERE library_id = :library_id AND host_id = :host_id"
    " AND process_id = :process_id AND started_at = :started_at AND outcome IS NULL"
    " ORDER BY id DESC LIMIT 1"
)
_FIND_FINISHED = (
    "SELECT * FROM moves WHERE id = :id AND outcome = :outcome AND finished_at = :finished_at"
)


class LeasedJournal(JournalTables):
    """As JournalTables; under a lease, in one round trip for each end of a motion."""

    _lease: HeldLease | None = None
    _motion_seconds = 0.0

    @property
    def _server(self) -> PostgresDatabase:
        assert isinstance(self._database, PostgresDatabase)
        return self._database

    def begin_move(self, library_id: str, **intent: Unpack[Intent]) -> Move:
        """Write an intended move, announce the motion, and renew the lease."""
        if (lease := self._lease) is None:
            return super().begin_move(library_id, **intent)
        values = {
            "library_id": library_id,
            "started_at": self._clock.now(),
            "process_id": os.getpid(),
            "user": user_name(),
            "host_id": host_id(),
            "kind": "move",
            **intent,
        }
        of_move = {f"move_{name}": value for name, value in values.items()}
        with lease.announcing(self._motion_seconds) as reach:
            sent_at = lease.boot_time()
            rows = self._server.execute_once(
                _begin(values),
                {**of_move, **lease.values(reach=reach)},
                find=_FIND_BEGUN,
                sought=values,
            )
            lease.confirm(rows, sent_at=sent_at)
        return _move(rows)

    def finish_move(
        self,
        move_id: int,
        *,
        outcome: MoveOutcome,
        final_address: int | None = None,
        message: str | None = None,
    ) -> Move:
        """Record the outcome of a move, and renew the lease; one that is unknown stays announced.

        A lost connection is made anew, and what was not recorded there is.
        """
        if (lease := self._lease) is None:
            return super().finish_move(
                move_id, outcome=outcome, final_address=final_address, message=message
            )
        if outcome != "unknown":
            lease.command_is_over()
        values = lease.values(
            id=move_id,
            outcome=outcome,
            final_address=final_address,
            message=message,
            finished_at=self._clock.now(),
        )
        sent_at = lease.boot_time()
        rows = self._server.execute_once(
            _FINISH_UNKNOWN if outcome == "unknown" else _FINISH,
            values,
            find=_FIND_FINISHED,
            sought=values,
        )
        lease.confirm(rows, sent_at=sent_at)
        return _move(rows)


def _begin(values: dict[str, object]) -> str:
    names = ", ".join(values)
    marks = ", ".join(f":move_{name}" for name in values)
    return (
        f"WITH held AS ({_ANNOUNCED}) INSERT INTO moves ({names}, operations_before)"
        f" SELECT {marks}, (SELECT coalesce(max(sequence), 0) FROM operations) FROM held"
        " RETURNING *"
    )


def _move(rows: Sequence[Row]) -> Move:
    return read_records(Move, rows)[0]
