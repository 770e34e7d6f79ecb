"""The lab obeys: its network is cut, and its database crashes and comes back."""

from __future__ import annotations

from .conftest import Lab
from .database import Database
from .guest import Guest


def reaches(guest: Guest, database: Database) -> bool:
    options = ("-U", "changer", "-AtX", "-c", "SELECT 1", "-h", database.guest.address)
    return guest.run("psql", *options, PGCONNECT_TIMEOUT="3").out == "1\n"


def test_pair_that_is_cut_is_apart_and_all_others_are_not(lab: Lab, database: Database) -> None:
    lab.switch.cut("a", "database")
    assert (reaches(lab.a, database), reaches(lab.b, database)) == (False, True)
    assert lab.a.do("changer", "status").status == 0
    lab.switch.mend()
    assert reaches(lab.a, database)


def test_database_keeps_what_was_committed_before_a_crash(lab: Lab, database: Database) -> None:
    database.query("CREATE TABLE kept (number integer)")
    database.query("INSERT INTO kept VALUES (7)")
    database.crash()
    assert not reaches(lab.b, database)
    database.start()
    assert database.query("SELECT number FROM kept") == [["7"]]
    database.query("DROP TABLE kept")
    database.stop()
    assert not reaches(lab.b, database)
    database.start()
    assert reaches(lab.b, database)
