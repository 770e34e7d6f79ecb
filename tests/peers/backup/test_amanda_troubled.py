"""Faults of a library while Amanda uses it: repeated, done anyway, or reported to Amanda."""

import re
from collections.abc import Iterator

import pytest
from figures import FIGURES, Figure
from kernel.attached_library import AttachedLibrary, attached
from kernel.faulty_library import MOVE_MEDIUM, cartridges, true_places
from kernel.program import Program
from waiting import wait_until

from .amanda import PATIENCE_SECONDS, Amanda, Ran, write
from .amanda_configuration import Configuration

pytestmark = pytest.mark.guest_only

SERIAL = "AMANDA0001"
# As the virtual library of the demonstration is filled.
FULL = {1: "A00001L8", 2: "A00002L8", 3: "A00003L8", 5: "A00004L8", 7: "A00005L8", 8: "A00006L8"}
SLOTS, MAGAZINE = 12, range(7, 13)
NOT_READY = "mtx: Request Sense: Sense Key=Not Ready"


@pytest.fixture(scope="module")
def virtual(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AttachedLibrary]:
    folder = tmp_path_factory.mktemp("virtual")
    with attached("amanda", folder, profile="demo", serial=SERIAL, drive_load_seconds=0) as library:
        yield library


@pytest.fixture(scope="module")
def installed(
    amanda_folders: None, root: Program, in_group: None, virtual: AttachedLibrary, mtx: str
) -> Amanda:
    tapes = [str(drive["no_rewind"]) for drive in virtual.drives]
    configuration = Configuration("virtual", virtual.device, tapes, mtx, f"1-{SLOTS}")
    write(configuration)
    return Amanda(configuration)


@pytest.fixture
def amanda(installed: Amanda, virtual: AttachedLibrary, root: Program) -> Iterator[Amanda]:
    """For a test with a fault; at the end it is mended, and every cartridge is where it was."""
    before = virtual.truth
    yield installed
    virtual.fault("clear")
    program = Program(virtual.device, root.environment)
    for place in true_places(virtual.truth):
        if place == "picker":
            program.do("move", "picker", "2")
        elif place.startswith("drive:"):
            program.do("unload", place)
    FIGURES.count(Figure.FAULT_CASES)
    FIGURES.cartridges(before=cartridges(before), now=cartridges(virtual.truth))
    assert true_places(virtual.truth) == true_places(before)


def listed(lines: list[str]) -> dict[int, str]:
    """What an inventory says of each slot."""
    slots = [line.removeprefix("slot ").split(": ", 1) for line in lines]
    return {int(number): said for number, said in slots}


def test_a_library_that_is_offline_is_asked_again_until_it_is_not(
    amanda: Amanda, virtual: AttachedLibrary
) -> None:
    virtual.fault("offline")
    running = amanda.begin("inventory")
    wait_until(lambda: len(running.log().statuses) > 2, seconds=PATIENCE_SECONDS)
    virtual.fault("online")
    ran = running.end()
    *refused, answered = ran.log.statuses
    assert all(NOT_READY in call.lines for call in refused)
    assert answered.succeeded
    assert [slot for slot, said in listed(ran.lines).items() if "empty" not in said] == [*FULL]


def test_a_library_that_becomes_ready_is_waited_for(
    amanda: Amanda, virtual: AttachedLibrary
) -> None:
    virtual.fault("becoming-ready 3")
    ran = amanda.amtape("inventory")
    assert ran.log.words == ["status"]
    assert f"barcode {FULL[8]}" in listed(ran.lines)[8]


def test_unit_attentions_cost_neither_the_bar_codes_nor_the_move(
    amanda: Amanda, virtual: AttachedLibrary
) -> None:
    virtual.fault("unit-attention 28/00")
    virtual.fault("unit-attention 29/00 on a5")
    ran = amanda.amtape("slot", "3")
    assert ran.lines[-1] == "changed to slot 3"
    assert ran.log.words == ["status", "load 3 0"]
    assert [each.volume_tag for each in ran.log.calls[0].status.slots if each.full] == [
        *FULL.values()
    ]


def test_a_magazine_that_is_out_has_no_slots_and_none_that_is_empty(
    amanda: Amanda, virtual: AttachedLibrary
) -> None:
    virtual.fault("magazine-out 2")
    out = listed(amanda.amtape("inventory").lines)
    assert [*out] == [slot for slot in range(1, SLOTS + 1) if slot not in MAGAZINE]
    virtual.fault("magazine-in 2")
    back = listed(amanda.amtape("inventory").lines)
    assert [*back] == [*range(1, SLOTS + 1)]
    assert f"barcode {FULL[8]}" in back[8]


def load_that_fails(amanda: Amanda, virtual: AttachedLibrary, where: str) -> Ran:
    """Ask for slot 2 in drive 1 while the move leaves its cartridge somewhere; it is sent once."""
    virtual.fault(f"move-fails {where}")
    before = virtual.truth.commands.get(MOVE_MEDIUM, 0)
    ran = amanda.amtape("slot", "2", "drive", "1")
    assert ran.moves == ["load 2 1"]
    assert virtual.truth.commands[MOVE_MEDIUM] == before + 1
    return ran


def test_a_move_that_was_not_made_is_told_as_by_mtx(
    amanda: Amanda, virtual: AttachedLibrary
) -> None:
    ran = load_that_fails(amanda, virtual, "at-source")
    assert ran.exit_status == 1
    assert "mtx: Request Sense: Sense Key=Hardware Error" in ran.lines
    assert re.fullmatch(r"MOVE MEDIUM from Element Address \d+ to \d+ Failed", ran.lines[-1])


def test_of_a_cartridge_that_got_stuck_it_is_told_where_it_is_and_how_to_go_on(
    amanda: Amanda, virtual: AttachedLibrary
) -> None:
    ran = load_that_fails(amanda, virtual, "in-transport")
    assert ran.exit_status == 1
    assert f"{FULL[2]} was to be moved from slot 2 to drive 1, but is in the picker" in ran.printed
    assert ran.lines[-1].endswith("then finish the move, or undo it: changer recover")


def test_a_cartridge_that_arrived_in_spite_of_a_failure_is_loaded(
    amanda: Amanda, virtual: AttachedLibrary
) -> None:
    ran = load_that_fails(amanda, virtual, "at-destination")
    assert (ran.exit_status, ran.lines[-1]) == (0, "changed to slot 2")
