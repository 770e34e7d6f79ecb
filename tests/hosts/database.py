"""Hosts of the lab that have PostgreSQL, and nothing else to do."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass

from kernel.guest.machine import REPOSITORY
from waiting import wait_until

from .guest import Guest

_PROGRAM = str(REPOSITORY / "tests/hosts/serve-database")


_TURNS = "lab_turns"


def url_of(*databases: Database) -> str:
    """The store in whichever of them takes writes, as ``changer`` takes it."""
    return f"postgresql://changer@{','.join(each.guest.address for each in databases)}/changer"


@dataclass(frozen=True, slots=True)
class Database:
    """``guest``: which has the server."""

    guest: Guest

    @property
    def url(self) -> str:
        """The store in it, as ``changer`` takes it."""
        return url_of(self)

    def make(self) -> None:
        self.guest.do(_PROGRAM, "make")

    def follow(self, primary: Database) -> None:
        """Become its standby, asynchronously, and have all that it has."""
        self.guest.do(_PROGRAM, "standby", primary.guest.address)

    def promote(self) -> None:
        """Take writes, whatever the primary has that did not come here."""
        self.guest.do(_PROGRAM, "promote")

    def stop(self) -> None:
        self.guest.do(_PROGRAM, "stop")

    def start(self) -> None:
        self.guest.do(_PROGRAM, "start")

    def crash(self) -> None:
        """Nothing of the server is left but its files."""
        self.guest.do(_PROGRAM, "crash")

    def query(self, statement: str) -> list[list[str]]:
        """The rows of a statement, by the server's own client."""
        options = ("-h", self.guest.address, "-U", "changer", "-AtX", "-F", "\t")
        out = self.guest.do("psql", *options, "-c", statement).out
        return [line.split("\t") for line in out.splitlines()]

    def note_turns(self) -> None:
        """From now on, write down each turn at a library as it is given."""
        self.query(
            f"CREATE TABLE {_TURNS} (at double precision, host_id text, epoch bigint);"
            f" CREATE FUNCTION {_TURNS}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" INSERT INTO {_TURNS} VALUES"
            " (extract(epoch FROM clock_timestamp()), NEW.host_id, NEW.epoch);"
            " RETURN NULL; END $$;"
            f" CREATE TRIGGER {_TURNS} AFTER UPDATE OF epoch ON leases FOR EACH ROW"
            f" WHEN (NEW.epoch <> OLD.epoch) EXECUTE FUNCTION {_TURNS}()"
        )

    def now(self) -> float:
        """The server's clock, in seconds of the epoch."""
        return float(self.query("SELECT extract(epoch FROM clock_timestamp())")[0][0])

    def turns(self) -> list[tuple[float, str, int]]:
        """When, to which host, and under which epoch."""
        rows = self.query(f"SELECT at, host_id, epoch FROM {_TURNS} ORDER BY at")
        return [(float(at), host_id, int(epoch)) for at, host_id, epoch in rows]


class Databases:
    """A primary, and perhaps a standby that follows it, asynchronously."""

    def __init__(self, primary: Database, standby: Database | None = None) -> None:
        self.primary = primary
        self._standby = standby
        both = [each for each in (primary, standby) if each is not None]
        self.url = url_of(*both)
        self.names = frozenset(each.guest.name for each in both)

    @property
    def standby(self) -> Database:
        assert self._standby is not None, "there is none"
        return self._standby

    @property
    def has_standby(self) -> bool:
        return self._standby is not None

    def catch_up(self) -> float:
        """Return a time, monotonic, of which the standby has all that was committed before."""
        now = time.monotonic()
        written = self.primary.query("SELECT pg_current_wal_insert_lsn()")[0][0]
        received = f"SELECT pg_last_wal_receive_lsn() >= '{written}'::pg_lsn"
        wait_until(lambda: self.standby.query(received) == [["t"]], seconds=60)
        return now

    def fail_over(self) -> None:
        """The primary is lost, and the standby takes writes."""
        self.primary.crash()
        self.standby.promote()
        self.primary, self._standby = self.standby, self.primary

    def follow_again(self) -> None:
        """Make the one that was lost the standby of the other."""
        self.standby.follow(self.primary)

    def mend(self) -> None:
        """Whatever went wrong: have the primary answer, and the standby follow it."""
        try:
            self.primary.query("SELECT 1")
        except AssertionError:
            self.primary.start()
        if self._standby is not None:
            with suppress(AssertionError):
                self._standby.crash()
            self.follow_again()
