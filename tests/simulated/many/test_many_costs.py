"""What exports and imports cost: SCSI commands by the library's own count, and what each was."""

from __future__ import annotations

from collections import Counter

import pytest
from driver.virtual_library import MOVE_MEDIUM, Wire

from changer.moves.export import export
from changer.moves.import_ import import_cartridges

from .conftest import MakeManyLibrary
from .many_library import ManyLibrary

CARTRIDGES = 12
MOST_PER_CARTRIDGE = 4
OPEN_CLOSE, PREVENT_ALLOW = 0x1B, 0x1E


def sent_besides_the_waits(library: ManyLibrary, number: int) -> Counter[int]:
    """Commands of an export of so many, by opcode.

    A wait ends with the reading that tells what was taken: the next motion is the first of the
    next round. To let a person in, and keep them out again, belongs to it.
    """
    counted: Counter[int] = Counter()
    is_wait = False

    def note(_: int, cdb: bytes) -> None:
        nonlocal is_wait
        with library.store() as store:
            is_wait |= store.unfinished_operations(library.id)[-1].state == "waiting"
        is_wait &= cdb[0] != MOVE_MEDIUM
        if not is_wait and cdb[0] not in (OPEN_CLOSE, PREVENT_ALLOW):
            counted[cdb[0]] += 1

    with library.open(wire=lambda inner: Wire(inner, before=note)) as opened:
        exported = export(opened, ["A*"], tell=lambda _: None)
    assert len(exported.left) == number
    return counted


@pytest.mark.parametrize(("profile", "mail"), [("demo", 2), ("demo", 12), ("scalar", 6)])
def test_export_costs_four_commands_a_cartridge_besides_the_waits(
    make: MakeManyLibrary, profile: str, mail: int
) -> None:
    library = make(
        profile, slots=24, free_slots=(), mail=mail, data_cartridges=CARTRIDGES, cleaners=0
    )
    library.visit()
    with library.open() as opened:
        opened.read()  # what is asked once, and then known
        opened.reader.device_capabilities(opened.reader.assignment())
    sent = sent_besides_the_waits(library, CARTRIDGES)
    assert sent[MOVE_MEDIUM] == CARTRIDGES
    assert sent.total() <= MOST_PER_CARTRIDGE * CARTRIDGES, sent


def test_import_costs_no_more(make: MakeManyLibrary) -> None:
    library = make("scalar", mail=6, slots=36, data_cartridges=10, cleaners=0)
    with library.open() as opened:
        opened.read()
        opened.reader.device_capabilities(opened.reader.assignment())
    for number in range(6):
        library.operate(f"put B0000{number}L8", noticed=False)
    with library.counting() as sent, library.open() as opened:
        imported = import_cartridges(opened, only_now=True)
    assert len(imported.in_slots) == sent[MOVE_MEDIUM] == 6
    assert sent.total() <= MOST_PER_CARTRIDGE * 6
