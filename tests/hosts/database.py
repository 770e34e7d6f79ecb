"""A host of the lab that has PostgreSQL, and nothing else to do."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.guest.machine import REPOSITORY

from .guest import Guest

_PROGRAM = str(REPOSITORY / "tests/hosts/serve-database")


@dataclass(frozen=True, slots=True)
class Database:
    """``guest``: which has the server."""

    guest: Guest

    @property
    def url(self) -> str:
        """The store in it, as ``changer`` takes it."""
        return f"postgresql://changer@{self.guest.address}/changer"

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
