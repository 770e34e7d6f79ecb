"""A slot is released only if the library says, in every way and each time, that it is empty.

A drive is known by its own serial number, or by none.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from driver.virtual_library import VirtualLibrary, error_of
from figures import FIGURES

from changer.cleaning.slot import release, reserve
from changer.errors import (
    ChangerError,
    DeviceFailed,
    InvalidSlot,
    MalformedData,
    NotReady,
    SlotFull,
    SlotNotPresent,
    SlotUnknown,
)
from changer.library.addressing import parse_place
from changer.library.drive_map import drive_identities
from changer.library.library import Library
from changer.smc.command import Reply

from .liar import (
    ACCESS,
    DISABLED,
    DRIVE,
    EXCEPT,
    FULL,
    MODE_SENSE,
    READ_ELEMENT_STATUS,
    STORAGE,
    Described,
    Lie,
    Lying,
    Said,
    descriptors,
    find,
    overwritten,
    page_of,
    with_page,
)

SLOT = "4"
# One that answers everything in one command, and one that is asked type by type.
each_way_of_reading = pytest.mark.parametrize("profile", ["demo", "scalar"])

# What a lie makes of the data, given where the slot is described in them.
Change = Callable[[bytes, Described], bytes]


def lie_about(address: int, change: Change, *, since: int = 1, until: int = 10**6) -> Lie:
    """Changes each reply that describes the slot, from one to another of them."""
    seen = 0

    def lie(cdb: bytes, reply: Reply) -> Reply:
        nonlocal seen
        slot = find(reply.data, address) if cdb[0] == READ_ELEMENT_STATUS else None
        if slot is None or cdb[6] & 1:
            return reply
        seen += 1
        if not since <= seen <= until:
            return reply
        return Reply(reply.status, change(reply.data, slot), reply.sense)

    return lie


def lie_about_ranges(change: Callable[[list[int]], list[int]], *, since: int = 1) -> Lie:
    """Changes mode page 1Dh: first and number of transports, slots, mail slots and drives."""
    seen = 0

    def lie(cdb: bytes, reply: Reply) -> Reply:
        nonlocal seen
        if cdb[0] != MODE_SENSE or cdb[2] != 0x1D:
            return reply
        seen += 1
        if seen < since:
            return reply
        at = reply.data.index(b"\x1d\x12") + 2
        ranges = [int.from_bytes(reply.data[at + n : at + n + 2], "big") for n in range(0, 16, 2)]
        told = b"".join(each.to_bytes(2, "big") for each in change(ranges))
        return Reply(reply.status, overwritten(reply.data, at, told), reply.sense)

    return lie


def with_slot(folder: Path, profile: str = "scalar") -> tuple[VirtualLibrary, int]:
    """A library whose slot is reserved, and the slot's address."""
    library = VirtualLibrary(folder, profile, data_cartridges=3)
    return library, library.reserve(SLOT)


def attempt(
    library: VirtualLibrary, function: Callable[..., object], lie: Lie
) -> tuple[ChangerError | None, Said]:
    """Reserve or release through a liar; what is kept must follow from how it ended."""
    expected, before = library.reserved, library.truth.elements
    wire = Lying(lie)
    with library.open(wire=wire) as opened:
        error = error_of(lambda: function(opened))
    if error is None:
        expected = None if function is release else library.address_of(SLOT)
    FIGURES.reservation(expected=expected, found=library.reserved)
    assert library.truth.elements == before
    return error, wire.said


def set_flags(*, off: int = 0, on: int = 0, byte: int = 2) -> Change:
    def change(data: bytes, slot: Described) -> bytes:
        flags = data[slot.offset + byte] & ~off | on
        return overwritten(data, slot.offset + byte, bytes((flags,)))

    return change


def excepts(asc: int, ascq: int) -> Change:
    def change(data: bytes, slot: Described) -> bytes:
        flagged = set_flags(on=EXCEPT)(data, slot)
        return overwritten(flagged, slot.offset + 4, bytes((asc, ascq)))

    return change


def shows_tag(tag: bytes) -> Change:
    return lambda data, slot: overwritten(data, slot.offset + 12, tag)


def told_twice(change: Change, *, element_type: int = STORAGE, first: bool = False) -> Change:
    """Once truly, and once in another page; which comes first makes no difference."""

    def twice(data: bytes, slot: Described) -> bytes:
        changed = change(data, slot)
        description = changed[slot.offset : slot.offset + slot.size]
        again = page_of(element_type, description)
        if first:
            size = len(data) - 8 + len(again)
            return data[:5] + size.to_bytes(3, "big") + again + data[8:]
        return with_page(data, again)

    return twice


def twice_in_one_page(change: Change) -> Change:
    """The slot, and over its neighbour's descriptor the slot again."""

    def twice(data: bytes, slot: Described) -> bytes:
        changed = change(data, slot)
        description = changed[slot.offset : slot.offset + slot.size]
        same_page = [each for each in descriptors(data) if each.page == slot.page]
        neighbours = [each for each in same_page if each.offset != slot.offset]
        if neighbours:
            return overwritten(data, neighbours[-1].offset, description)
        count = int.from_bytes(data[slot.page + 5 : slot.page + 8], "big") + slot.size
        longer = overwritten(data, slot.page + 5, count.to_bytes(3, "big"))
        end = slot.offset + slot.size
        longer = longer[:end] + description + longer[end:]
        return overwritten(longer, 5, (len(longer) - 8).to_bytes(3, "big"))

    return twice


def in_a_page_of_type(code: int) -> Change:
    return lambda data, slot: overwritten(data, slot.page, bytes((code,)))


def descriptor_length(size: int) -> Change:
    return lambda data, slot: overwritten(data, slot.page + 2, size.to_bytes(2, "big"))


def page_length(size: int) -> Change:
    return lambda data, slot: overwritten(data, slot.page + 5, size.to_bytes(3, "big"))


def report_length(size: int) -> Change:
    return lambda data, slot: overwritten(data, 5, size.to_bytes(3, "big"))


def cut_to(size: int) -> Change:
    return lambda data, slot: data[:size]


def cut_within(size: int) -> Change:
    return lambda data, slot: data[: slot.offset + size]


def named(address: int) -> Change:
    return lambda data, slot: overwritten(data, slot.offset, address.to_bytes(2, "big"))


UNTRUSTED: dict[str, tuple[Change, tuple[type[ChangerError], ...]]] = {
    "full": (set_flags(on=FULL), (SlotFull,)),
    "not accessible": (set_flags(off=ACCESS), (SlotNotPresent,)),
    "disabled": (set_flags(on=DISABLED, byte=9), (SlotNotPresent,)),
    "exception that nobody knows": (excepts(0x6F, 0x7F), (SlotUnknown,)),
    "a label on nothing": (shows_tag(b"CLN001CU"), (SlotUnknown,)),
    "a label of escape codes": (shows_tag(b"\x1b[2J\x9b\x00\xff"), (SlotUnknown,)),
    "twice, full the second time": (told_twice(set_flags(on=FULL)), (MalformedData,)),
    "twice, full the first time": (told_twice(set_flags(on=FULL), first=True), (MalformedData,)),
    "twice, labelled": (told_twice(shows_tag(b"A1")), (MalformedData,)),
    "twice in one page": (twice_in_one_page(set_flags(on=FULL)), (MalformedData,)),
    "in a page of drives": (in_a_page_of_type(DRIVE), (MalformedData,)),
    "in a page of mail slots": (in_a_page_of_type(3), (MalformedData,)),
    "in a page of no type": (in_a_page_of_type(0), (MalformedData,)),
    "in a page of type 255": (in_a_page_of_type(255), (MalformedData,)),
    "descriptors of 0 bytes": (descriptor_length(0), (MalformedData,)),
    "descriptors of 1 byte": (descriptor_length(1), (MalformedData,)),
    "descriptors of 11 bytes": (descriptor_length(11), (MalformedData,)),
    "a page of 0 bytes": (page_length(0), (MalformedData,)),
    "a report of 0 bytes": (report_length(0), (MalformedData,)),
    "a report of 1 byte": (report_length(1), (MalformedData,)),
    "no reply": (cut_to(0), (MalformedData,)),
    "half a header": (cut_to(7), (MalformedData,)),
    "a header": (cut_to(8), (MalformedData,)),
    "half a page header": (cut_to(12), (MalformedData,)),
    "half a descriptor": (cut_within(11), (MalformedData,)),
    "half a label": (cut_within(30), (MalformedData,)),
    "another address": (named(65535), (MalformedData,)),
    "address 0": (named(0), (MalformedData,)),
}


@each_way_of_reading
@pytest.mark.parametrize(("change", "refusals"), UNTRUSTED.values(), ids=UNTRUSTED)
def test_what_the_library_does_not_say_is_not_believed(
    folder: Path, profile: str, change: Change, refusals: tuple[type[ChangerError], ...]
) -> None:
    library, address = with_slot(folder, profile)
    error, _ = attempt(library, release, lie_about(address, change))
    assert isinstance(error, refusals), error


@each_way_of_reading
@pytest.mark.parametrize(
    "change", [set_flags(), told_twice(set_flags()), report_length(0xFFFFFF), excepts(0x00, 0x00)]
)
def test_what_is_true_is_believed_even_twice(folder: Path, profile: str, change: Change) -> None:
    """And with an exception that has no code (ADIC, HP: changer samples of Windows' driver kit)."""
    library, address = with_slot(folder, profile)
    error, _ = attempt(library, release, lie_about(address, change))
    assert error is None


def test_descriptors_of_65535_bytes_are_no_slot(folder: Path) -> None:
    library, address = with_slot(folder)
    # All that came is one descriptor whose end is missing: taken, as far as it tells.
    error, said = attempt(library, release, lie_about(address, descriptor_length(65535)))
    assert error is None
    assert len(said) < 20


@each_way_of_reading
@pytest.mark.parametrize("lie", [name for name in UNTRUSTED if "in a page" not in name])
def test_a_second_reading_that_says_otherwise_is_a_refusal(
    folder: Path, profile: str, lie: str
) -> None:
    change, refusals = UNTRUSTED[lie]
    library, address = with_slot(folder, profile)
    looked = count_looks(library, address)
    # The last look at the slot, and all that follow.
    error, _ = attempt(library, release, lie_about(address, change, since=looked))
    assert isinstance(error, (*refusals, NotReady)), error


def count_looks(library: VirtualLibrary, address: int) -> int:
    """How often an honest release describes the slot to the driver."""
    error, said = attempt(library, release, lambda cdb, reply: reply)
    assert error is None
    library.reserve(SLOT)
    return sum(
        find(reply.data, address) is not None
        for cdb, reply in said
        if cdb[0] == READ_ELEMENT_STATUS and not cdb[6] & 1
    )


def test_a_slot_that_is_full_every_second_time_is_never_released(folder: Path) -> None:
    library, address = with_slot(folder)
    number = 0

    def every_second(data: bytes, slot: Described) -> bytes:
        nonlocal number
        number += 1
        return set_flags(on=FULL)(data, slot) if number % 2 == 0 else data

    error, _ = attempt(library, release, lie_about(address, every_second))
    assert isinstance(error, NotReady)


def replaced(index: int, value: int) -> Callable[[list[int]], list[int]]:
    return lambda ranges: [*ranges[:index], value, *ranges[index + 1 :]]


FIRST_SLOT, SLOTS, FIRST_MAIL, MAIL, FIRST_DRIVE, DRIVES = range(2, 8)
RANGES: dict[str, Callable[[list[int]], list[int]]] = {
    "no slots": replaced(SLOTS, 0),
    "too few slots": replaced(SLOTS, 3),
    "slots elsewhere": replaced(FIRST_SLOT, 60000),
    "slots past 65535": lambda ranges: replaced(SLOTS, 65535)(replaced(FIRST_SLOT, 65000)(ranges)),
    "drives among the slots": lambda ranges: replaced(FIRST_DRIVE, ranges[FIRST_SLOT])(ranges),
    "65535 mail slots": replaced(MAIL, 65535),
    "everything everywhere": lambda ranges: [0, 65535] * 4,
    "nothing": lambda ranges: [0] * 8,
}


@each_way_of_reading
@pytest.mark.parametrize("function", ["reserve", "release"])
@pytest.mark.parametrize("ranges", RANGES)
def test_a_slot_outside_of_what_there_is_is_refused(
    folder: Path, profile: str, function: str, ranges: str
) -> None:
    library = VirtualLibrary(folder, profile, data_cartridges=3)
    if function == "release":
        library.reserve(SLOT)
    call = release if function == "release" else reserve_it
    error, _ = attempt(library, call, lie_about_ranges(RANGES[ranges]))
    assert isinstance(error, InvalidSlot | SlotNotPresent | MalformedData), error


@pytest.mark.parametrize("ranges", RANGES)
def test_a_slot_that_goes_away_between_two_readings_is_refused(folder: Path, ranges: str) -> None:
    library, address = with_slot(folder)
    # The second look differs from the first, so that everything is read anew.
    differs = lie_about(address, set_flags(on=FULL), since=2, until=2)
    shifts = lie_about_ranges(RANGES[ranges], since=2)
    error, _ = attempt(library, release, lambda cdb, reply: shifts(cdb, differs(cdb, reply)))
    assert isinstance(error, SlotNotPresent | MalformedData), error


def reserve_it(library: Library) -> object:
    return reserve(library, parse_place(SLOT))


def drives_hidden(change: Callable[[bytes], bytes]) -> Lie:
    """Reports no drives: a cartridge in one of them may be the cleaner of this slot."""

    def lie(cdb: bytes, reply: Reply) -> Reply:
        if cdb[0] != READ_ELEMENT_STATUS or cdb[6] & 1 or cdb[1] & 0x0F != DRIVE:
            return reply
        return Reply(reply.status, change(reply.data), reply.sense)

    return lie


HIDDEN: dict[str, Callable[[bytes], bytes]] = {
    "no page": lambda data: bytes(8),
    "header": lambda data: data[:8],
    "slots": lambda data: overwritten(data, 8, b"\x02"),
    "no type": lambda data: overwritten(data, 8, b"\x77"),
    "empty": lambda data: overwritten(data, 5, bytes(3)),
    "no bytes": lambda data: overwritten(data, 13, bytes(3)),
    "address": lambda data: overwritten(data, 16, b"\xff\xff"),
    "nothing": lambda data: b"",
    "size": lambda data: overwritten(data, 10, bytes(2)),
}


@pytest.mark.parametrize("change", HIDDEN.values(), ids=HIDDEN)
def test_a_slot_is_not_empty_while_nothing_is_told_of_the_drives(
    folder: Path, change: Callable[[bytes], bytes]
) -> None:
    library, _ = with_slot(folder, "superloader")
    error, _ = attempt(library, release, drives_hidden(change))
    assert isinstance(error, SlotUnknown | MalformedData | DeviceFailed), error


# Serial numbers of drives


def with_identifier(identifier: bytes, *, drives: int) -> Lie:
    """The first drives report this identifier (DVCID)."""

    def lie(cdb: bytes, reply: Reply) -> Reply:
        if cdb[0] != READ_ELEMENT_STATUS or not cdb[6] & 1:
            return reply
        data = reply.data
        for each in list(descriptors(data))[:drives]:
            data = overwritten(data, each.offset + each.size - len(identifier), identifier)
        return Reply(reply.status, data, reply.sense)

    return lie


def serials(library: VirtualLibrary, lie: Lie) -> list[str | None]:
    with library.open(wire=Lying(lie)) as opened:
        found = drive_identities(opened, opened.read())
        return [each.serial for each in found.values()]


@pytest.mark.parametrize("profile", ["demo", "scalar"])
def test_a_serial_number_that_two_drives_have_names_neither(folder: Path, profile: str) -> None:
    # Else one drive would be watched while the cleaner is in the other.
    library = VirtualLibrary(folder, profile)
    assert serials(library, with_identifier(b"SERIAL0001", drives=2)) == [None, None]


@pytest.mark.parametrize(
    ("identifier", "serial"),
    [
        (b"S\x1b[2J\x9b1234", "S?[2J?1234"),
        (b"S\0\0\0\0\0\0\0\0\xff", "S?????????"),
        (b" " * 10, None),
        (bytes(10), None),
    ],
)
def test_a_serial_number_is_printable_or_none(
    folder: Path, identifier: bytes, serial: str | None
) -> None:
    first, second = serials(VirtualLibrary(folder), with_identifier(identifier, drives=1))
    assert first == serial
    assert second
