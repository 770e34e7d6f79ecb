"""Exports and imports that meet Ctrl-C, a fault of the robot, or a change of the library."""

from __future__ import annotations

import pytest
from cleaning.interrupting import interrupted
from driver.virtual_library import MOVE_MEDIUM, READ_ELEMENT_STATUS, Wire

from changer.cleaning.recover import recover
from changer.library.library import Library
from changer.moves.export import export
from changer.moves.import_ import import_cartridges

from .many_library import ManyLibrary, left, stayed

LEAVING = ("A00001L8", "A00002L8", "A00003L8")


@pytest.mark.long
def test_ctrl_c_at_every_command_leaves_an_export_that_goes_on(demo: ManyLibrary) -> None:
    def exporting(opened: Library) -> object:
        demo.hand.clear()
        demo.visit()
        return export(opened, LEAVING, tell=demo.tasks.append)

    runs = 0
    for _ in interrupted(demo, exporting):
        states = [row["state"] for row in demo.rows("operations")]
        assert states in (["cancelled"], ["completed"], [])
        done = [row["volume_tag"] for row in demo.rows("transfers") if row["outcome"] == "done"]
        assert {*done} <= {*demo.hand}
        if states == ["cancelled"]:
            demo.visit()
            exported = demo.export(*LEAVING)
            demo.clock.forget()
            assert sorted(left(exported)) == [*LEAVING]
        if states:
            assert sorted(demo.hand) == [*LEAVING]
            assert not demo.mail_is_open
        runs += 1
    assert runs > 30


def test_ctrl_c_at_every_command_leaves_an_import_that_goes_on(demo: ManyLibrary) -> None:
    for number in (1, 2):
        demo.operate(f"put B0000{number}L8", noticed=False)

    def importing(opened: Library) -> object:
        return import_cartridges(opened, only_now=True)

    for _ in interrupted(demo, importing):
        imported = demo.import_(only_now=True)
        assert imported.is_complete
        slots = {tag for place, tag in demo.places.items() if place.isdecimal()}
        assert slots >= {"B00001L8", "B00002L8"}


@pytest.mark.parametrize("where", ["in-transport", "at-destination", "at-source"])
def test_a_move_that_fails_is_told_and_the_rest_goes_on_after_recovery(
    demo: ManyLibrary, where: str
) -> None:
    demo.fault(f"move-fails {where}")
    demo.visit()
    exported = demo.export(*LEAVING)
    if where == "in-transport":
        assert exported.error is not None and exported.error.code == "cartridge-misplaced"
        assert stayed(exported).keys() == {*LEAVING}
        with demo.open() as opened:
            recover(opened)
        exported = demo.export(*LEAVING)
    if where == "at-source":
        assert stayed(exported).keys() == {"A00001L8"}
        exported = demo.export(*LEAVING)
    assert sorted(left(exported)) == [*LEAVING]
    assert sorted(demo.hand) == [*LEAVING]


def test_a_change_that_is_reported_between_two_moves_is_read(demo: ManyLibrary) -> None:
    """A person reaches in through the door: what was planned is planned anew."""
    moves: list[bytes] = []

    def swap(_: int, cdb: bytes) -> None:
        if cdb[0] == MOVE_MEDIUM:
            moves.append(cdb)
            if len(moves) == 1:
                demo.operate("swap 2 9")

    demo.visit()
    with demo.open(wire=lambda inner: Wire(inner, after=swap)) as opened:
        exported = export(opened, LEAVING, tell=demo.tasks.append)
    assert sorted(left(exported)) == [*LEAVING]
    sources = [row["source_address"] for row in demo.rows("moves")]
    assert sources == [demo.address_of(each) for each in ("1", "9", "3")]


def test_a_round_is_planned_on_one_reading(demo: ManyLibrary) -> None:
    sent: list[int] = []
    demo.operate("put B00001L8 mail:1", noticed=False)
    demo.operate("put B00002L8 mail:2", noticed=False)
    with demo.open(wire=lambda it: Wire(it, before=lambda _, cdb: sent.append(cdb[0]))) as opened:
        import_cartridges(opened, only_now=True)
    between = sent[sent.index(MOVE_MEDIUM) :]
    assert between == [MOVE_MEDIUM, READ_ELEMENT_STATUS] * 2, "a move, and what came of it"
