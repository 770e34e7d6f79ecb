"""A dry run: what only reads is sent, what changes something is kept, and shows in what is read."""

from __future__ import annotations

from typing import Any

import pytest

from changer.smc.cdb import exchange_medium, move_medium, position_to_element
from changer.smc.command import Command, Reply, Status
from changer.smc.elements import AdditionalSense, Element, ElementStatus, ElementType
from changer.transport.dry_run import Check, DryRun, DryRunStops, Event, UnsentCommand

SLOT, OTHER, DRIVE, MAIL, PICKER = 1000, 1001, 500, 10, 1
ST, DT, IE = ElementType.STORAGE, ElementType.DATA_TRANSFER, ElementType.IMPORT_EXPORT
TYPES = {SLOT: ST, OTHER: ST, DRIVE: DT, MAIL: IE}


def label(tag: str) -> bytes:
    return tag.encode().ljust(36)


def holding(address: int, tag: str, **said: Any) -> Element:
    return Element(TYPES[address], address, True, volume_tag_field=label(tag), **said)


def empty(address: int, **said: Any) -> Element:
    return Element(TYPES[address], address, False, **said)


def report(*elements: Element) -> ElementStatus:
    return ElementStatus(0, len(elements), 0, elements)


def shown(run: DryRun, *elements: Element) -> dict[int, tuple[bool, str | None, int | None]]:
    """What is read of these: full, its label, and where it came from."""
    status = run.apply_moves(report(*elements))
    return {each.address: (each.full, each.tag, each.source_address) for each in status.elements}


HERE = (holding(SLOT, "A"), empty(OTHER), holding(DRIVE, "B", source_address=OTHER), empty(MAIL))


def run_of(*commands: Command[None]) -> DryRun:
    run = DryRun()
    run.apply_moves(report(*HERE))
    for each in commands:
        run.keep(each, "sim:demo")
    return run


@pytest.mark.parametrize(
    ("commands", "changed"),
    [
        ((), {}),
        ((position_to_element(SLOT),), {}),
        ((move_medium(SLOT, MAIL),), {SLOT: (False, None, None), MAIL: (True, "A", SLOT)}),
        ((move_medium(DRIVE, MAIL),), {DRIVE: (False, None, None), MAIL: (True, "B", OTHER)}),
        (
            (move_medium(DRIVE, OTHER), move_medium(SLOT, DRIVE)),
            {SLOT: (False, None, None), OTHER: (True, "B", OTHER), DRIVE: (True, "A", SLOT)},
        ),
        (
            (exchange_medium(SLOT, DRIVE, second_destination_address=OTHER),),
            {SLOT: (False, None, None), OTHER: (True, "B", OTHER), DRIVE: (True, "A", SLOT)},
        ),
        (
            (exchange_medium(SLOT, DRIVE, second_destination_address=SLOT),),
            {SLOT: (True, "B", OTHER), DRIVE: (True, "A", SLOT)},
        ),
        ((move_medium(SLOT, 4711),), {}),
        ((move_medium(4711, MAIL),), {}),
    ],
)
@pytest.mark.rows(one_in=1)
def test_motions_that_were_kept_show_in_what_is_read(
    commands: tuple[Command[None], ...], changed: dict[int, tuple[bool, str | None, int | None]]
) -> None:
    before = shown(DryRun(), *HERE)
    assert shown(run_of(*commands), *HERE) == {**before, **changed}


def test_an_element_keeps_what_is_its_own_and_a_cartridge_what_is_its() -> None:
    odd = holding(
        SLOT,
        "A",
        medium_type=2,
        exception=True,
        additional_sense=AdditionalSense(0x30, 0x03),
        accessible=True,
        alternate_volume_tag_field=label("ALT"),
    )
    drive = empty(DRIVE, accessible=False, source_address=OTHER)
    run = DryRun()
    run.apply_moves(report(odd, drive))
    run.keep(move_medium(SLOT, DRIVE), "it")
    status = run.apply_moves(report(odd, drive))
    there = {each.address: each for each in status.elements}
    assert there[SLOT] == empty(SLOT, accessible=True)
    assert there[DRIVE] == odd._replace(
        element_type=DT, address=DRIVE, accessible=False, source_address=SLOT
    )


def test_identifiers_are_shown_as_read_and_occupancy_with_them_is_not_believed() -> None:
    """IBM: FULL=0 with DVCID=1."""
    told: Any = "identifier"
    run = DryRun()
    run.apply_moves(report(holding(DRIVE, "B"), empty(MAIL)))
    run.apply_moves(report(empty(DRIVE, identifier=told)))
    run.keep(move_medium(DRIVE, MAIL), "it")
    status = run.apply_moves(report(empty(DRIVE, identifier=told), empty(MAIL)))
    drive, mail = status.elements
    assert (drive.full, drive.identifier) == (False, told)
    assert (mail.full, mail.tag) == (True, "B")


def test_what_is_no_element_status_is_not_changed() -> None:
    result = object()
    assert run_of(move_medium(SLOT, MAIL)).apply_moves(result) is result


# Steps


def test_steps_are_kept_in_their_order_and_a_condition_once_before_and_once_after_a_motion() -> (
    None
):
    run = run_of()
    run.check("the slot is empty")
    run.check("the slot is empty")
    run.plan("bring it home")
    run.keep(move_medium(SLOT, MAIL), "sim:demo")
    run.check("the slot is empty")
    run.check("the slot is empty")
    run.drive("it cleans")
    with pytest.raises(DryRunStops):
        run.person("open the door")
    command = move_medium(SLOT, MAIL)
    assert run.steps == [
        Check("the slot is empty", imagined=False),
        Event("bring it home"),
        UnsentCommand("sim:demo", command.name, command.cdb),
        Check("the slot is empty", imagined=True),
        Event("it cleans"),
        Event("waits for someone to open the door; later steps depend on that"),
    ]


# Commands


class Device:
    """Answers everything, and keeps it."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.is_closed = False

    def execute(self, command: Command[Any]) -> Reply:
        self.sent.append(command.cdb)
        return Reply(Status.GOOD, b"read")

    def close(self) -> None:
        self.is_closed = True


def plain(cdb: bytes, data_out: bytes = b"") -> Command[bytes]:
    return Command("A COMMAND", cdb, 0, 60.0, bytes, data_out=data_out)


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("cdb", "is_sent"),
    [
        (b"\x00\0\0\0\0\0", True),
        (b"\x12\0\0\0\x60\0", True),
        (b"\xb8\x12\0\0\0\1\0\0\xff\xff\0\0", True),
        (b"\x4d\0\x51\0\0\0\0\x10\0\0", True),
        (b"\x4d\0\x6e\0\0\0\0\x10\0\0", False),
        (b"\x4d\0\x2e\0\0\0\0\x10\0\0", False),
        (b"\x4d\0\x52\0\0\0\0\x10\0\0", False),
        (b"\x07\0\0\0\0\0", False),
        (b"\x1e\0\0\0\1\0", False),
        (b"\x1b\0\0\0\0\0", False),
        (b"\x5f\1\0\0\0\0\0\0\x18\0", False),
    ],
)
def test_only_what_changes_nothing_is_sent(cdb: bytes, *, is_sent: bool) -> None:
    """Reading TapeAlert flags clears them."""
    run, device = DryRun(), Device()
    transport = run.transport(device, "/dev/sg3")
    reply = transport.execute(plain(cdb, b"out"))
    if is_sent:
        assert (reply, device.sent, run.steps) == (Reply(Status.GOOD, b"read"), [cdb], [])
    else:
        kept = [UnsentCommand("/dev/sg3", "A COMMAND", cdb, b"out")]
        assert (reply, device.sent, run.steps) == (Reply(Status.GOOD), [], kept)
    assert not device.is_closed
    transport.close()
    assert device.is_closed
