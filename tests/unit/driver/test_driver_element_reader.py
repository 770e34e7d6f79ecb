"""Reading a library's elements: in few commands, completely, and from one moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from driver_support import (
    ATTENTION,
    BAD_ADDRESS,
    CAPABILITIES_PAGE,
    DT,
    GOOD,
    IE,
    INVALID_FIELD,
    MT,
    ST,
    UNKNOWN_OPCODE,
    Conversation,
    FakeChanger,
    ScriptedDevice,
    assignment,
    converse,
    descriptor,
    mode_page,
    slow_to_build,
)
from hypothesis import given
from hypothesis import strategies as some
from scsi_bytes import check, descriptor_sense

from changer.errors import (
    ElementNotPresent,
    InvalidSlot,
    LibraryOffline,
    MalformedData,
    NotReady,
    UnsupportedByLibrary,
)
from changer.library.element_reader import ElementReader
from changer.library.inventory import Inventory
from changer.library.model import UnitMemory
from changer.smc.command import Command, Reply, Status
from changer.smc.element_status import LARGEST_ALLOCATION_LENGTH
from changer.smc.elements import ElementAddressAssignment, ElementType
from changer.smc.mode_sense import DeviceCapabilities

RES, MODE_SENSE_6, MODE_SENSE_10 = 0xB8, 0x1A, 0x5A
EMPTY_REPORT = Reply(Status.GOOD, data=bytes(8))


@dataclass
class Reading:
    """A reader of one fake library, and what is remembered of it."""

    device: Any
    single_query: bool = False
    access_reported: bool = True
    tag_size: int | None = None
    memory: UnitMemory = field(default_factory=lambda: UnitMemory("V_P_1"))

    def __post_init__(self) -> None:
        self.talk: Conversation = converse(self.device)
        self.reader = ElementReader(
            self.talk.session,
            self.memory,
            single_query=self.single_query,
            access_reported=self.access_reported,
            tag_size=self.tag_size,
        )

    def again(self) -> Reading:
        """The same library, in another process."""
        return Reading(self.device, single_query=self.single_query, memory=self.memory)


def addresses(inventory: Inventory) -> list[int]:
    return sorted(each.address for each in inventory.elements)


def every_address(device: FakeChanger) -> list[int]:
    page = device.page
    ranges = (page.range_of(each) for each in ElementType)
    there = {address for each in ranges for address in range(each.first, each.last + 1)}
    return sorted(there - device.absent)


# Everything


def test_every_type_is_read_in_one_command_each() -> None:
    device = FakeChanger(cartridges={1003: "A00001L8", 500: "A00002L8"})
    inventory = Reading(device).reader.read()
    assert addresses(inventory) == every_address(device)
    assert device.readings == [(1, 1, 1), (2, 1000, 12), (3, 10, 2), (4, 500, 2)]
    assert device.opcodes == [MODE_SENSE_6, RES, RES, RES, RES]
    tag = inventory.holding("A00001L8")
    assert [each.address for each in tag] == [1003]
    assert inventory.types == set(ElementType)


def test_a_type_without_elements_is_not_asked_for() -> None:
    device = FakeChanger(page=assignment(mail=(0, 0), transports=(0, 0)))
    inventory = Reading(device).reader.read()
    assert [kind for kind, _, _ in device.readings] == [ST, DT]
    assert inventory.types == set(ElementType), "no elements is a complete answer"


def test_a_library_without_elements_is_asked_for_none() -> None:
    nothing = assignment(transports=(0, 0), slots=(0, 0), mail=(0, 0), drives=(0, 0))
    for single_query in (False, True):
        device = FakeChanger(page=nothing)
        assert Reading(device, single_query).reader.read().elements == ()
        assert device.readings == []


def test_only_the_types_that_matter_are_read() -> None:
    device = FakeChanger()
    inventory = Reading(device).reader.read([DT])
    assert device.readings == [(4, 500, 2)]
    assert inventory.types == {DT}


def test_an_element_that_the_library_leaves_out_is_not_in_the_inventory() -> None:
    device = FakeChanger(absent={1000, 1005, 1011, 501})
    inventory = Reading(device).reader.read()
    assert addresses(inventory) == every_address(device)
    assert inventory.at(1005) is None


def test_volume_tags_are_asked_for_and_identifiers_and_stale_data_are_not() -> None:
    device = FakeChanger()
    Reading(device).reader.read()
    for each in device.sent:
        if each.cdb[0] == RES:
            assert each.cdb[1] & 0x10, "VOLTAG"
            assert not each.cdb[6] & 0x01, "DVCID spoils occupancy"
            assert not each.cdb[6] & 0x02, "CURDATA"
            assert int.from_bytes(each.cdb[7:10], "big") <= 0xFFFF


# Paging


def test_a_large_library_is_read_in_pages_of_at_most_1000() -> None:
    device = FakeChanger(page=assignment(slots=(1000, 2500)))
    inventory = Reading(device).reader.read([ST])
    assert addresses(inventory) == list(range(1000, 3500))
    assert [number for _, _, number in device.readings] == [1000, 1000, 500]
    assert [start for _, start, _ in device.readings] == [1000, 2000, 3000]


def test_what_the_allocation_length_cuts_off_is_asked_for_again() -> None:
    device = FakeChanger(page=assignment(slots=(1000, 1000)), padding=48)
    inventory = Reading(device).reader.read([ST])
    assert addresses(inventory) == list(range(1000, 2000))
    assert len(device.readings) == 2


class Deaf(FakeChanger):
    """Starts over and over."""

    def _listed(self, kind: ElementType, start: int) -> list[int]:
        return list(range(1000, 1012))


class Talkative(FakeChanger):
    """Describes elements of other types and addresses."""

    def _listed(self, kind: ElementType, start: int) -> list[int]:
        return [*range(990, 1012), 1012, 1013, 40000]


@dataclass
class Stuttering(FakeChanger):
    """Describes one element twice."""

    ignores_count: bool = True
    twice: int = 1000

    def _listed(self, kind: ElementType, start: int) -> list[int]:
        listed = list(super()._listed(kind, start))
        return listed + [each for each in listed if each == self.twice]


# Devices of 12 slots, and how many commands reading these takes, where that is told.
TWELVE_SLOTS: dict[str, tuple[Callable[[], FakeChanger], int | None]] = {
    "caps the number at 1": (lambda: FakeChanger(most_descriptors=1), None),
    "caps the number at 5": (lambda: FakeChanger(most_descriptors=5), None),
    "caps the number at 11": (lambda: FakeChanger(most_descriptors=11), None),
    "caps the number at 12": (lambda: FakeChanger(most_descriptors=12), None),
    "caps the number, and counts none": (
        lambda: FakeChanger(most_descriptors=5, count=lambda there, sent: 0),
        None,
    ),
    "caps the number, and counts those": (
        lambda: FakeChanger(most_descriptors=5, count=lambda there, sent: sent),
        None,
    ),
    "ignores the number": (lambda: FakeChanger(ignores_count=True), 1),
    "starts over and over": (
        lambda: Deaf(page=assignment(slots=(1000, 5000)), count=lambda there, sent: 0xFFFF),
        2,
    ),
    "describes the first twice": (lambda: Stuttering(twice=1000), None),
    "describes one twice": (lambda: Stuttering(twice=1005), None),
    "describes the last twice": (lambda: Stuttering(twice=1011), None),
    "describes others": (lambda: Talkative(ignores_count=True), None),
}


@pytest.mark.parametrize(("build", "commands"), TWELVE_SLOTS.values(), ids=TWELVE_SLOTS)
def test_slots_are_read_whole_and_once_each_however_they_are_told(
    build: Callable[[], FakeChanger], commands: int | None
) -> None:
    device = build()
    assert addresses(Reading(device).reader.read([ST])) == list(range(1000, 1012))
    assert commands in (None, len(device.readings))


LYING_COUNTS: dict[str, Callable[[int, int], int]] = {
    "none, as mhVTL may say": lambda there, sent: 0,
    "what was sent": lambda there, sent: sent,
    "too many": lambda there, sent: there + 100,
    "as many as can be said": lambda there, sent: 0xFFFF,
    "too few": lambda there, sent: 1,
}
NO_MATCH = {
    "an empty report": EMPTY_REPORT,
    "a header that was cut": Reply(Status.GOOD, data=bytes(8)),
    "05/21/01": BAD_ADDRESS,
    "05/24/00, as mhVTL does": INVALID_FIELD,
}


@pytest.mark.parametrize("count", LYING_COUNTS.values(), ids=LYING_COUNTS)
@pytest.mark.parametrize("no_match", NO_MATCH.values(), ids=NO_MATCH)
@pytest.mark.parametrize("absent", [set(), {1011}, {1009, 1010, 1011}, {1000}])
def test_element_counts_that_lie_leave_nothing_out(
    count: Callable[[int, int], int], no_match: Reply, absent: set[int]
) -> None:
    device = FakeChanger(count=count, no_match=no_match, absent=absent)
    inventory = Reading(device).reader.read([ST])
    assert addresses(inventory) == sorted(set(range(1000, 1012)) - absent)
    assert len(device.readings) <= 3


@pytest.mark.parametrize("no_match", [EMPTY_REPORT, BAD_ADDRESS])
def test_a_type_whose_elements_are_all_left_out_is_empty(no_match: Reply) -> None:
    device = FakeChanger(absent=set(range(1000, 1012)), no_match=no_match)
    inventory = Reading(device).reader.read()
    assert inventory.of_type(ST) == ()
    assert len(inventory.of_type(DT)) == 2


def test_a_library_that_refuses_every_reading_of_a_type_is_not_taken_for_empty() -> None:
    device = FakeChanger(absent=set(range(1000, 1012)), no_match=INVALID_FIELD)
    with pytest.raises(UnsupportedByLibrary):
        Reading(device).reader.read([ST])


@pytest.mark.parametrize("identifiers", [False, True])
def test_an_element_that_is_two_things_at_once_is_no_reading(identifiers: bool) -> None:
    class TwoFaced(FakeChanger):
        def _report(self, found: Any, sent: Any, voltag: bool, identifiers: bool) -> bytes:
            report: bytes = super()._report(found, sent, voltag, identifiers)
            kind = found[0][0].to_bytes(1, "big")
            second = descriptor(found[0][0], found[0][1], tag="B00001L8", identifier=b"OTHER")
            size = len(second).to_bytes(2, "big")
            page = kind + b"\x80" + size + len(second).to_bytes(4, "big") + second
            count = (len(report) - 8 + len(page)).to_bytes(4, "big")
            return bytes(report[:4] + count + report[8:] + page)

    reader = Reading(TwoFaced()).reader
    with pytest.raises(MalformedData, match="described twice, with different contents"):
        reader.drive_identifiers(assignment()) if identifiers else reader.read([ST])


def slots_alone(first: int, number: int) -> ElementAddressAssignment:
    """Wherever they are, they overlap nothing."""
    return assignment(slots=(first, number), transports=(0, 0), mail=(0, 0), drives=(0, 0))


@slow_to_build
@given(
    first=some.sampled_from([0, 1, 0xFFF0, 0xFFFF]) | some.integers(0, 0xFFFF),
    number=some.sampled_from([0, 1, 16, 17, 2000, 0xFFFF]),
    most=some.sampled_from([1000, 0xFFFF]),
    lie=some.sampled_from(sorted(LYING_COUNTS)),
)
def test_no_address_assignment_ends_in_anything_but_a_reading(
    first: int, number: int, most: int, lie: str
) -> None:
    device = FakeChanger(
        page=slots_alone(first, min(number, 2000)), most_descriptors=most, count=LYING_COUNTS[lie]
    )
    claimed = FakeChanger(page=slots_alone(first, number))

    class Bounded(FakeChanger):
        def execute(self, command: Command[Any]) -> Reply:
            if command.cdb[0] == MODE_SENSE_6:
                return claimed.execute(command)
            return super().execute(command)

        def _listed(self, kind: ElementType, start: int) -> list[int]:
            return [each for each in device._listed(kind, start) if each <= 0xFFFF]

    inventory = Reading(Bounded(most_descriptors=most, count=device.count)).reader.read([ST])
    assert addresses(inventory) == list(range(first, min(first + min(number, 2000), 0x10000)))


# What a model cannot do


def test_a_library_that_refuses_volume_tags_is_read_without_them_and_that_is_remembered() -> None:
    device = FakeChanger(refuses_tags_of=set(ElementType))
    reading = Reading(device)
    assert addresses(reading.reader.read()) == every_address(device)
    first = len(device.sent)
    assert addresses(reading.again().reader.read()) == every_address(device)
    assert len(device.sent) - first == 5


def test_volume_tags_refused_for_drives_are_still_read_of_slots() -> None:
    device = FakeChanger(refuses_tags_of={DT, MT}, cartridges={1000: "A00001L8", 500: "A00002L8"})
    inventory = Reading(device).reader.read()
    slot, drive = inventory.at(1000), inventory.at(500)
    assert slot is not None and slot.volume_tag is not None
    assert drive is not None and drive.full and drive.volume_tag is None


def test_no_match_is_not_remembered_as_a_refusal_of_volume_tags() -> None:
    device = FakeChanger(absent={1004}, no_match=INVALID_FIELD, cartridges={1000: "A00001L8"})
    device.absent |= set(range(1005, 1012))
    reading = Reading(device)
    assert addresses(reading.reader.read_addresses([1004])) == []
    element = reading.reader.read_addresses([1000]).at(1000)
    assert element is not None and element.volume_tag is not None


def test_an_unknown_opcode_is_no_refusal_of_volume_tags() -> None:
    device = ScriptedDevice(Reply(Status.GOOD, data=mode_page(assignment())), UNKNOWN_OPCODE)
    with pytest.raises(UnsupportedByLibrary):
        Reading(device).reader.read()
    assert device.unused == 0


def test_drive_identifiers_are_read_apart() -> None:
    device = FakeChanger()
    drives = Reading(device).reader.drive_identifiers(device.page)
    assert drives is not None
    assert [each.identifier.serial for each in drives if each.identifier] == [
        "SERIAL0500",
        "SERIAL0501",
    ]
    assert device.readings == [(4, 500, 2)]
    assert device.sent[0].cdb[6] & 0x01
    assert not device.sent[0].cdb[1] & 0x10, "VOLTAG with DVCID is refused by some"


def test_drive_identifiers_that_a_model_refuses_twice_are_not_asked_for_again() -> None:
    device = FakeChanger(refuses_identifiers=True)
    reading = Reading(device)
    assert reading.reader.drive_identifiers(device.page) is None
    assert reading.again().reader.drive_identifiers(device.page) is None
    assert len(device.readings) == 2


@pytest.mark.parametrize("refusal", [INVALID_FIELD, BAD_ADDRESS, UNKNOWN_OPCODE])
def test_drive_identifiers_that_are_refused_by_accident_are_read(refusal: Reply) -> None:
    device = FakeChanger(interruptions={0: refusal})
    drives = Reading(device).reader.drive_identifiers(device.page)
    assert drives is not None and len(drives) == 2


@pytest.mark.parametrize("refusal", [INVALID_FIELD, BAD_ADDRESS])
@pytest.mark.parametrize(
    ("single_query", "at"), [(True, 1), (False, 1), (False, 2), (False, 3), (False, 4)]
)
def test_what_is_refused_by_accident_is_read_whole_and_nothing_is_remembered(
    refusal: Reply, at: int, single_query: bool
) -> None:
    cartridges = {1000: "A00001L8", 500: "A00002L8"}
    device = FakeChanger(interruptions={at: refusal}, cartridges=cartridges)
    reading = Reading(device, single_query=single_query)
    for reader in (reading.reader, reading.again().reader):
        inventory = reader.read()
        assert addresses(inventory) == every_address(device)
        assert {each.address: each.tag for each in inventory.elements if each.full} == cartridges


def test_a_library_without_drives_is_not_asked_for_their_identifiers() -> None:
    device = FakeChanger(page=assignment(drives=(0, 0)))
    assert Reading(device).reader.drive_identifiers(device.page) is None
    assert device.sent == []


def test_drives_that_are_all_left_out_have_no_identifiers() -> None:
    device = FakeChanger(absent={500, 501}, no_match=BAD_ADDRESS)
    reading = Reading(device)
    assert reading.reader.drive_identifiers(device.page) == []
    assert not reading.memory.lacks("device-identifiers"), "they may come back"


def test_an_empty_library_has_nothing_to_begin_with() -> None:
    nothing = assignment(transports=(0, 0), slots=(0, 0), mail=(0, 0), drives=(0, 0))
    device = FakeChanger(page=nothing)
    assert Reading(device, single_query=True).reader.start_reading(nothing).elements == ()
    assert device.sent == []


def test_mode_sense_10_is_used_where_6_is_unknown_and_that_is_remembered() -> None:
    device = FakeChanger(knows_mode_sense_6=False)
    reading = Reading(device)
    assert reading.reader.assignment() == device.page
    assert reading.again().reader.assignment() == device.page
    assert device.opcodes == [MODE_SENSE_6, MODE_SENSE_10, MODE_SENSE_10]


def test_an_unknown_opcode_is_recognized_in_descriptor_format_too() -> None:
    refusal = Reply(Status.CHECK_CONDITION, sense=descriptor_sense(5, 0x20, 0x00))
    page = Reply(Status.GOOD, data=mode_page(assignment(), ten_byte=True))
    assert Reading(ScriptedDevice(refusal, page)).reader.assignment() == assignment()


def test_a_library_that_knows_neither_mode_sense_is_unsupported_and_nothing_is_learned() -> None:
    device = ScriptedDevice(UNKNOWN_OPCODE, UNKNOWN_OPCODE)
    reading = Reading(device)
    with pytest.raises(UnsupportedByLibrary):
        reading.reader.assignment()
    assert not reading.memory.lacks("mode-sense-6")


def test_a_mode_page_that_is_refused_without_block_descriptors_is_asked_for_with_them() -> None:
    page = Reply(Status.GOOD, data=mode_page(assignment()))
    device = ScriptedDevice(INVALID_FIELD, page, page)
    reading = Reading(device)
    assert reading.reader.assignment() == assignment()
    assert reading.again().reader.assignment() == assignment()
    assert [each.cdb[1] & 0x08 for each in device.sent] == [0x08, 0, 0]


def test_a_mode_page_that_is_refused_either_way_is_unsupported_and_nothing_is_learned() -> None:
    device = ScriptedDevice(INVALID_FIELD, INVALID_FIELD)
    reading = Reading(device)
    with pytest.raises(UnsupportedByLibrary):
        reading.reader.assignment()
    assert device.opcodes == [MODE_SENSE_6, MODE_SENSE_6]
    assert not reading.memory.lacks("disable-block-descriptors")


@pytest.mark.parametrize("refusal", [UNKNOWN_OPCODE, INVALID_FIELD], ids=["10 bytes", "DBD=0"])
def test_a_mode_page_that_is_refused_in_the_form_that_was_learned_is_unsupported(
    refusal: Reply,
) -> None:
    page = mode_page(assignment(), ten_byte=refusal is UNKNOWN_OPCODE)
    device = ScriptedDevice(refusal, Reply(Status.GOOD, data=page), refusal)
    reading = Reading(device)
    reading.reader.assignment()
    with pytest.raises(UnsupportedByLibrary):
        reading.again().reader.assignment()
    assert len(device.sent) == 3


def test_an_empty_mode_page_is_malformed_data() -> None:
    with pytest.raises(MalformedData):
        Reading(ScriptedDevice(GOOD)).reader.assignment()


def capabilities_of(reading: Reading) -> DeviceCapabilities | None:
    return reading.reader.device_capabilities(reading.reader.assignment())


def test_capabilities_are_asked_for_once_per_geometry() -> None:
    device = FakeChanger(capabilities=CAPABILITIES_PAGE)
    reading = Reading(device)
    known = capabilities_of(reading)
    assert known is not None and (ST, DT) in known.moves and (DT, ST) not in known.exchanges
    again = capabilities_of(reading.again())
    assert again is not None and again.moves == known.moves
    assert len(device.sent) == 3
    device.page = assignment(mail=(10, 6))
    capabilities_of(reading.again())
    assert len(device.sent) == 5


NO_MAIL_SLOT = bytes.fromhex("1f 12 0a 00 00 0a 00 0a 00 00 00 00 00 02 00 00 00 00 00 00")


def test_capabilities_of_before_a_mail_slot_was_enabled_do_not_forbid_it() -> None:
    # Spectra 2K, Quantum DX: page 1Fh without import/export elements has no row of theirs.
    device = FakeChanger(page=assignment(mail=(0, 0)), capabilities=NO_MAIL_SLOT)
    reading = Reading(device)
    before = capabilities_of(reading)
    assert before is not None and (ST, IE) not in before.moves
    device.page, device.capabilities = assignment(), CAPABILITIES_PAGE
    after = capabilities_of(reading.again())
    assert after is not None and (ST, IE) in after.moves


def test_a_page_by_which_counted_elements_take_part_in_no_move_says_nothing() -> None:
    assert capabilities_of(Reading(FakeChanger(capabilities=NO_MAIL_SLOT))) is None
    # Oracle SL150: nothing can be moved from or to the picker, which is there.
    known = capabilities_of(Reading(FakeChanger(capabilities=CAPABILITIES_PAGE)))
    assert known is not None and not any(MT in pair for pair in known.moves)


@pytest.mark.parametrize("form", ["10 bytes", "with block descriptors"])
def test_the_form_of_mode_sense_is_learned_once_and_again_with_other_elements(form: str) -> None:
    class Old(FakeChanger):
        def _mode_sense(self, cdb: bytes) -> Reply:
            if form == "10 bytes" and cdb[0] == MODE_SENSE_6:
                return UNKNOWN_OPCODE
            return INVALID_FIELD if form != "10 bytes" and cdb[1] else super()._mode_sense(cdb)

    device = Old()
    reading = Reading(device)
    for page, commands in ((device.page, 2), (device.page, 1), (assignment(drives=(500, 3)), 1)):
        device.page, before = page, len(device.sent)
        assert reading.again().reader.assignment() == page
        assert len(device.sent) - before == commands
    assert reading.again().reader.assignment() == device.page
    assert len(device.sent) - before == 3, "asked in the first form again, once"


@pytest.mark.parametrize(
    "device",
    [
        FakeChanger(),
        FakeChanger(capabilities=b"\x1f\x01\x0e"),
        FakeChanger(knows_mode_sense_6=False),
    ],
    ids=["refused", "cut short", "refused by MODE SENSE(10)"],
)
def test_a_library_without_capabilities_is_asked_once(device: FakeChanger) -> None:
    reading = Reading(device)
    assert capabilities_of(reading) is None
    number = len(device.sent)
    assert capabilities_of(reading.again()) is None
    assert len(device.sent) == number + 1


@pytest.mark.parametrize("single_query", [False, True])
def test_access_bits_that_the_model_does_not_report_are_not_believed(single_query: bool) -> None:
    reader = Reading(FakeChanger(), single_query, access_reported=False).reader
    for inventory in (reader.read(), reader.read_addresses([1000, 500])):
        assert {each.accessible for each in inventory.elements} == {None}
    told = Reading(FakeChanger(), single_query).reader.read()
    assert {each.accessible for each in told.elements if each.element_type is not MT} == {True}


@pytest.mark.parametrize(
    ("sent", "shown"),
    [("A00001L8????", "A00001L8"), ("A00001L8", "A00001L8"), ("A1", "A1"), ("        ??", None)],
)
def test_of_a_label_what_the_model_does_not_report_is_not_believed(
    sent: str, shown: str | None
) -> None:
    device = FakeChanger(cartridges={1000: sent})
    (slot, *_) = Reading(device, tag_size=8).reader.read([ST]).elements
    assert (slot.tag, slot.full) == (shown, True)
    (slot, *_) = Reading(device).reader.read([ST]).elements
    assert slot.tag == (sent.strip() or None)


@dataclass
class Exact(FakeChanger):
    """Takes no allocation length but 8, or that of its reply; else names that field as wrong."""

    def _element_status(self, cdb: bytes) -> Reply:
        there = super()._element_status(cdb[:7] + b"\xff\xff\xff" + cdb[10:])
        allocation = int.from_bytes(cdb[7:10], "big")
        if allocation in (8, len(there.data)):
            return Reply(there.status, there.data[:allocation])
        return Reply(INVALID_FIELD.status, sense=INVALID_FIELD.sense[:15] + b"\xc0\0\7")

    @property
    def lengths(self) -> list[int]:
        """Allocation lengths of every READ ELEMENT STATUS."""
        return [int.from_bytes(each.cdb[7:10], "big") for each in self.sent if each.cdb[0] == RES]


def test_lengths_that_a_library_insists_on_are_told_by_its_header_and_remembered() -> None:
    device = Exact(cartridges={1003: "A00001L8"})
    reading = Reading(device)
    assert addresses(reading.reader.read([ST])) == list(range(1000, 1012))
    page = 8 + 8 + 12 * 52
    assert device.lengths == [LARGEST_ALLOCATION_LENGTH, 8, page]
    assert len(reading.again().reader.read([ST]).elements) == 12
    assert device.lengths[3:] == [8, page]


def test_library_that_insists_on_lengths_and_has_no_elements_is_asked_for_the_header_alone() -> (
    None
):
    device = Exact(absent=set(range(1000, 1012)))
    assert Reading(device).reader.read([ST]).elements == ()
    assert set(device.lengths[1:]) == {8}


# Type 0


def test_type_0_is_never_asked_of_a_library_that_is_not_known_to_answer_it() -> None:
    device = FakeChanger()
    reading = Reading(device)
    reading.reader.read()
    reading.reader.read_addresses([1000, 500])
    reading.reader.start_reading(device.page)
    reading.reader.read_again(reading.reader.read(), [1000, 500])
    assert all(kind != 0 for kind, _, _ in device.readings)


# What is read, and the READ ELEMENT STATUS that it takes of a model that answers type 0.
QUERIES: dict[str, tuple[Callable[[ElementReader], Inventory], tuple[int, int, int]]] = {
    "everything": (lambda reader: reader.read(), (0, 0, 17)),
    "two types": (lambda reader: reader.read([ST, DT]), (0, 0, 17)),
    "one type": (lambda reader: reader.read([ST]), (2, 1000, 12)),
    "a beginning": (lambda reader: reader.start_reading(assignment()), (0, 0, 17)),
    "two elements": (lambda reader: reader.read_addresses([1003, 500]), (0, 0, 17)),
    "one element": (lambda reader: reader.read_addresses([1003]), (2, 1003, 1)),
}


@pytest.mark.parametrize(("read", "query"), QUERIES.values(), ids=QUERIES)
def test_type_0_tells_everything_in_one_command_where_more_than_one_type_is_meant(
    read: Callable[[ElementReader], Inventory], query: tuple[int, int, int]
) -> None:
    device = FakeChanger()
    inventory = read(Reading(device, single_query=True).reader)
    assert device.readings == [query]
    if query[0] == 0:
        assert addresses(inventory) == every_address(device)
        assert inventory.types == set(ElementType)
    assert inventory.at(1003) is not None


def test_type_0_with_omitted_elements_is_complete() -> None:
    device = FakeChanger(absent={1003, 1011})
    inventory = Reading(device, single_query=True).reader.read()
    assert addresses(inventory) == every_address(device)
    assert len(device.readings) == 1


@pytest.mark.parametrize(
    ("slots", "kinds"), [(995, {0}), (996, {1, 2, 3, 4}), (1000, {1, 2, 3, 4})]
)
def test_type_0_is_asked_for_up_to_1000_elements(slots: int, kinds: set[int]) -> None:
    device = FakeChanger(page=assignment(slots=(1000, slots)))
    Reading(device, single_query=True).reader.read()
    assert {kind for kind, _, _ in device.readings} == kinds


INCOMPLETE: dict[str, Callable[[], FakeChanger]] = {
    "capped": lambda: FakeChanger(most_descriptors=5),
    "cut": lambda: FakeChanger(page=assignment(slots=(1000, 900)), padding=60),
    "counts none": lambda: FakeChanger(count=lambda there, sent: 0),
    "leaves out drives": lambda: FakeChanger(type_zero_leaves_out={DT}),
    "tells of slots alone": lambda: FakeChanger(type_zero_leaves_out={MT, IE, DT}),
    "refuses": lambda: FakeChanger(answers_type_zero=False),
    "refuses volume tags": lambda: FakeChanger(refuses_tags_of=set(ElementType)),
    "says nothing": lambda: FakeChanger(type_zero_leaves_out=set(ElementType)),
}


@pytest.mark.parametrize("build", INCOMPLETE.values(), ids=INCOMPLETE)
def test_where_type_0_does_not_tell_everything_each_type_is_read(
    build: Callable[[], FakeChanger],
) -> None:
    device = build()
    inventory = Reading(device, single_query=True).reader.read()
    assert addresses(inventory) == every_address(device)
    assert {kind for kind, _, _ in device.readings} == {0, 1, 2, 3, 4}


def test_type_0_that_is_refused_twice_is_not_asked_for_again() -> None:
    device = FakeChanger(answers_type_zero=False)
    reading = Reading(device, single_query=True)
    reading.reader.read()
    reading.again().reader.read()
    assert [kind for kind, _, _ in device.readings].count(0) == 2


def test_single_elements_survive_a_refused_type_0() -> None:
    device = FakeChanger(answers_type_zero=False)
    reading = Reading(device, single_query=True)
    assert addresses(reading.reader.read_addresses([1000, 500])) == [500, 1000]
    assert reading.reader.start_reading(device.page).elements == ()


# Single elements


def test_single_elements_are_one_command_each() -> None:
    device = FakeChanger(cartridges={1003: "A00001L8"})
    inventory = Reading(device).reader.read_addresses([1003, 500, 1003])
    assert device.readings == [(2, 1003, 1), (4, 500, 1)]
    assert addresses(inventory) == [500, 1003]
    assert inventory.types == frozenset()


def test_neighbours_that_come_instead_or_with_it_are_left_out() -> None:
    device = FakeChanger(absent={1003}, cartridges={1004: "A00001L8"})
    assert Reading(device).reader.read_addresses([1003]).elements == ()
    assert addresses(Reading(FakeChanger(ignores_count=True)).reader.read_addresses([1003])) == [
        1003
    ]


@pytest.mark.parametrize("no_match", NO_MATCH.values(), ids=NO_MATCH)
def test_an_element_that_matches_nothing_is_not_there(no_match: Reply) -> None:
    device = FakeChanger(absent={1011}, no_match=no_match)
    assert Reading(device).reader.read_addresses([1011]).elements == ()


def test_an_address_of_no_type_is_not_asked_for() -> None:
    device = FakeChanger()
    assert Reading(device).reader.read_addresses([4711]).elements == ()
    assert device.readings == []


def test_a_reading_can_be_extended_type_by_type() -> None:
    device = FakeChanger()
    reader = Reading(device).reader
    inventory = reader.read_type(reader.start_reading(device.page), DT)
    assert addresses(inventory) == [500, 501]
    assert inventory.types == {DT}


# From one moment


def test_a_unit_attention_between_two_readings_starts_over() -> None:
    moved = assignment(slots=(2000, 3))

    class Changed(FakeChanger):
        def execute(self, command: Command[Any]) -> Reply:
            if len(self.sent) == 3:
                self.page = moved
            return super().execute(command)

    device = Changed(interruptions={3: ATTENTION})
    inventory = Reading(device).reader.read()
    assert inventory.assignment == moved
    assert addresses(inventory) == every_address(device)
    assert device.opcodes.count(MODE_SENSE_6) == 2


def test_a_unit_attention_before_the_first_reading_costs_one_command() -> None:
    device = FakeChanger(interruptions={0: ATTENTION})
    Reading(device).reader.read()
    assert device.opcodes == [MODE_SENSE_6, MODE_SENSE_6, RES, RES, RES, RES]


@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_no_element_of_before_a_unit_attention_is_kept(at: int) -> None:
    device = FakeChanger(interruptions={at: ATTENTION})
    Reading(device).reader.read()
    last = len(device.opcodes) - 1 - device.opcodes[::-1].index(MODE_SENSE_6)
    assert last > at
    assert device.opcodes[last:] == [MODE_SENSE_6, RES, RES, RES, RES]


class Restless(FakeChanger):
    """Reports a change on every other reading, and never on anything else."""

    turn = 0

    def execute(self, command: Command[Any]) -> Reply:
        if command.cdb[0] == RES:
            self.turn += 1
            if self.turn % 2:
                self.sent.append(command)
                return ATTENTION
        return super().execute(command)


def test_a_library_that_changes_faster_than_it_can_be_read_is_not_ready() -> None:
    device = Restless()
    with pytest.raises(NotReady) as caught:
        Reading(device).reader.read([ST])
    assert device.opcodes.count(MODE_SENSE_6) == 5
    assert caught.value.hint


def test_unit_attentions_on_every_command_are_not_ready() -> None:
    with pytest.raises(NotReady):
        Reading(ScriptedDevice(last=ATTENTION)).reader.read()


def test_reading_again_does_not_ask_where_elements_are() -> None:
    device = FakeChanger()
    reader = Reading(device).reader
    inventory = reader.read_addresses([1000, 500])
    device.cartridges[500] = "A00001L8"
    number = len(device.sent)
    fresh = reader.read_again(inventory, [1000, 500])
    assert device.opcodes[number:] == [RES, RES]
    drive = fresh.at(500)
    assert drive is not None and drive.full


def test_reading_again_after_a_unit_attention_asks_for_everything_anew() -> None:
    device = FakeChanger()
    reader = Reading(device).reader
    inventory = reader.read_addresses([1000, 500])
    device.interruptions[len(device.sent)] = ATTENTION
    device.page = assignment(slots=(900, 12))
    fresh = reader.read_again(inventory, [900, 500])
    assert fresh.assignment == device.page
    assert addresses(fresh) == [500, 900]


@pytest.mark.parametrize("refused", [True, False], ids=["refused", "not listed"])
def test_transports_are_not_missed_by_a_library_that_lists_nothing_any_more(refused: bool) -> None:
    class Failing(FakeChanger):
        def _element_status(self, cdb: bytes) -> Reply:
            is_refused = refused and cdb[1] & 0x0F == MT
            return INVALID_FIELD if is_refused else super()._element_status(cdb)

    device = Failing()
    reading = Reading(device)
    slot = reading.reader.read_addresses([1000])
    device.absent = {1, 1000}
    with pytest.raises(ElementNotPresent, match="no longer lists element 1000"):
        reading.reader.read_transports(slot)
    device.absent = set()
    assert bool(reading.reader.read_transports(slot).of_type(MT)) is not refused


# Errors


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (check(2, 0x04, 0x12), LibraryOffline),
        (Reply(Status.GOOD, data=b"\0\0"), MalformedData),
        (Reply(Status.GOOD), MalformedData),
    ],
)
def test_what_goes_wrong_is_told(reply: Reply, error: type[Exception]) -> None:
    device = FakeChanger(interruptions={2: reply})
    with pytest.raises(error):
        Reading(device).reader.read()


def test_a_bad_address_reported_for_a_reading_of_a_type_is_no_traceback() -> None:
    device = ScriptedDevice(Reply(Status.GOOD, data=mode_page(assignment())), last=BAD_ADDRESS)
    try:
        inventory = Reading(device).reader.read()
    except InvalidSlot:
        return
    assert inventory.elements == ()
