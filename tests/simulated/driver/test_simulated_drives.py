"""Which drive is which, and whether it is ready."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import pytest

from changer.drives.drive import known_drive, open_drive, require_device
from changer.drives.drive_state import DriveState
from changer.drives.readiness import wait_until_ready
from changer.drives.report import report_drives
from changer.errors import (
    DeviceNotAvailable,
    DriveNotReady,
    IdentityChanged,
    NoSuchDrive,
    TransportFailed,
)
from changer.journal.home import Homes
from changer.library.addressing import parse_place
from changer.library.drive_map import drive_identities
from changer.library.element_state import UNLABELLED
from changer.library.library import Library
from changer.library.status import LibraryStatus, library_status
from changer.moves.execute import move
from changer.smc.command import Command, Reply, Status
from changer.smc.elements import ElementType
from changer.store.records import DriveIdentity
from changer.transport import Transport
from changer.transport.dry_run import DryRun, Event

from .conftest import MakeLibrary
from .virtual_library import (
    INQUIRY,
    READ_ELEMENT_STATUS,
    TEST_UNIT_READY,
    Rewire,
    VirtualLibrary,
    Wire,
    as_it_is,
    error_of,
    timed,
)

LOG_SENSE, TAPE_ALERT = 0x4D, 0x2E


def status(library: Library) -> LibraryStatus:
    inventory = library.read()
    return library_status(
        library,
        inventory,
        find_device=lambda number, identity: None,
        find_home=Homes(library, inventory).address_of,
    )


def identifier_queries(library: VirtualLibrary) -> int:
    """How often a status asks for drive identifiers (DVCID)."""
    with library.watched() as (opened, sent):
        status(opened)
    return sum(cdb[0] == READ_ELEMENT_STATUS and bool(cdb[6] & 1) for cdb in sent)


@pytest.mark.parametrize("profile", ["demo", "autoloader", "ts3500", "l700", "exabyte", "scalar"])
def test_serial_numbers_of_the_drives_are_told(make_library: MakeLibrary, profile: str) -> None:
    library = make_library(profile)
    with library.open() as opened:
        told = [drive.serial for drive in status(opened).drives]
    assert told == [drive.serial for drive in library.truth.drives]


def test_drives_are_asked_who_they_are_once_for_each_status(demo: VirtualLibrary) -> None:
    assert [identifier_queries(demo) for _ in range(3)] == [1, 1, 1]


def test_drive_that_was_replaced_is_told_by_its_new_serial_number(demo: VirtualLibrary) -> None:
    """Though the unit attention that says so went to another program."""
    with demo.open() as library:
        status(library)
        demo.replace_drives("NEW")
        assert [drive.serial for drive in status(library).drives] == ["NEW000", "NEW001"]


@pytest.mark.parametrize("profile", ["bare", "p3000"])
def test_library_that_refuses_identifiers_twice_is_not_asked_for_them_again(
    make_library: MakeLibrary, profile: str
) -> None:
    library = make_library(profile)
    assert [identifier_queries(library) for _ in range(3)] == [2, 0, 0]
    with library.open() as opened:
        drives = status(opened).drives
    assert [drive.serial for drive in drives] == [None] * len(drives)


def test_occupancy_is_never_taken_from_a_reply_with_identifiers(make_library: MakeLibrary) -> None:
    """IBM: with DVCID=1, FULL=0, ACCESS=0 and EXCEPT=1 are fixed."""
    library = make_library("ts3500")
    library.operate("insert A00099L8 drive:0", noticed=False)
    with library.open() as opened:
        for _ in range(2):
            library.fault("unit-attention 29/00")
            drive = status(opened).drives[0]
            assert (drive.full, drive.volume_tag) == (True, "A00099L8")
            assert (drive.accessible, drive.exception) == (True, None)
            assert drive.serial


def load_and_wait(
    library: VirtualLibrary, *, timeout_seconds: float, drive_wire: Rewire = as_it_is
) -> None:
    with library.open(drive_wire=drive_wire) as opened:
        known = require_device(opened, parse_place("drive:0"))
        tag = move(opened, parse_place("1"), parse_place("drive:0")).volume_tag
        wait_until_ready(opened, known, cartridge=tag, timeout_seconds=timeout_seconds)


@pytest.mark.parametrize("profile", ["demo", "autoloader", "p3000"])
def test_drive_is_waited_for_until_it_is_ready(make_library: MakeLibrary, profile: str) -> None:
    library = make_library(profile, drive_load_seconds=90)
    load_and_wait(library, timeout_seconds=900)
    assert 90 <= sum(library.clock.slept) <= 100


def test_drive_that_does_not_become_ready_is_an_error_with_its_sense(
    make_library: MakeLibrary,
) -> None:
    library = make_library("demo", drive_load_seconds=86400)
    error = error_of(lambda: load_and_wait(library, timeout_seconds=900))
    assert type(error) is DriveNotReady
    assert error.sense is not None
    assert "04/01" in error.message
    assert sum(library.clock.slept) == pytest.approx(900, abs=6)
    assert library.tag_at("drive:0") == "A00001L8"
    assert library.rows("moves")[-1]["outcome"] == "completed"


@pytest.mark.parametrize("fault", ["sense 02/3A/00 5", "unit-attention 28/00 3", "busy 4"])
def test_drive_that_needs_a_moment_to_notice_its_cartridge_is_given_it(
    demo: VirtualLibrary, fault: str
) -> None:
    demo.fault(f"{fault} drive:0")
    load_and_wait(demo, timeout_seconds=900)


def test_drive_that_never_notices_its_cartridge_is_not_ready(demo: VirtualLibrary) -> None:
    demo.fault("sense 02/3A/00 always drive:0")
    error = error_of(lambda: load_and_wait(demo, timeout_seconds=900))
    assert type(error) is DriveNotReady
    assert sum(demo.clock.slept) <= 70


@pytest.mark.parametrize(
    ("sense", "why"),
    [
        ("02/30/00", "incompatible medium"),
        ("03/30/01", "30/01)"),
        ("03/30/02", "30/02)"),
        ("02/30/07", "30/07)"),
        ("03/11/00", "11/00)"),
        ("04/53/00", "53/00)"),
        ("04/44/00", "44/00)"),
        ("07/27/00", "27/00)"),
        ("02/04/03", "04/03)"),
        ("02/04/02", "04/02)"),
    ],
)
def test_cartridge_that_a_drive_can_t_use_is_told_at_once(
    demo: VirtualLibrary, sense: str, why: str
) -> None:
    demo.fault(f"sense {sense} always on 00 drive:0")
    error = error_of(lambda: load_and_wait(demo, timeout_seconds=900))
    assert type(error) is DriveNotReady
    assert error.message.startswith("A00001L8 in drive 0 can't be used: ") and why in error.message
    assert error.hint is not None and "changer unload 0" in error.hint
    assert "LTO-9" not in error.hint
    assert sum(demo.clock.slept) < 1


def test_drive_whose_path_is_lost_is_not_called_unready(demo: VirtualLibrary) -> None:
    def lost(_: int, cdb: bytes) -> None:
        if cdb[0] == TEST_UNIT_READY:
            raise TransportFailed("the path is lost")

    error = error_of(
        lambda: load_and_wait(
            demo, timeout_seconds=900, drive_wire=lambda inner: Wire(inner, after=lost)
        )
    )
    assert type(error) is TransportFailed
    assert demo.tag_at("drive:0") == "A00001L8"


def test_cleaning_requested_by_a_drive_that_is_ready_is_no_failure(demo: VirtualLibrary) -> None:
    demo.fault("sense 01/00/17 drive:0")
    load_and_wait(demo, timeout_seconds=900)


@pytest.mark.parametrize(
    ("product", "sense", "told"),
    [
        ("ULT3580-TD9", "02/04/01", True),
        ("DRIVE", "02/04/01", True),
        ("ULT3580-TD8", "02/04/01", False),
        ("ULT3580-TD9", "02/04/07", False),
        ("ULT3580-TD9", "02/3A/00", False),
    ],
)
def test_calibration_is_the_hint_only_where_a_drive_may_calibrate(
    make_library: MakeLibrary, product: str, sense: str, told: bool
) -> None:
    library = make_library("demo", drive_product=product)
    library.fault(f"sense {sense} always on 00 drive:0")
    error = error_of(lambda: load_and_wait(library, timeout_seconds=100))
    assert type(error) is DriveNotReady
    assert error.hint is not None and "--ready-timeout" in error.hint
    assert ("LTO-9" in error.hint) is told


@pytest.mark.parametrize("ejects", [True, False])
def test_cleaner_that_the_drive_has_done_with_ends_the_wait(
    make_library: MakeLibrary, ejects: bool
) -> None:
    library = make_library("demo", ejects_cleaner=ejects, cleaning_seconds=120)
    library.operate("remove 1", noticed=False)
    library.operate("insert CLN001L8 1", noticed=False)
    with library.open() as opened:
        known = require_device(opened, parse_place("drive:0"))
        library.move_behind_our_back("1", "drive:0")
        error = error_of(
            lambda: wait_until_ready(opened, known, cartridge="CLN001L8", timeout_seconds=900)
        )
    assert type(error) is DriveNotReady
    assert "cleaning cartridge, and the drive has finished with it" in error.message
    assert 110 <= sum(library.clock.slept) <= 140


def test_drive_is_never_sent_the_changers_initialize(demo: VirtualLibrary) -> None:
    """Opcode 07h means something else to a tape drive."""
    demo.fault("sense 02/04/02 always drive:0")
    assert error_of(lambda: load_and_wait(demo, timeout_seconds=60)) is not None
    assert 0x07 not in demo.truth.drive_commands[0]


def test_identities_of_drives_that_no_longer_exist_are_dropped(make_library: MakeLibrary) -> None:
    library = make_library("demo", product="OTHER", drives=4)
    with library.open() as opened:
        status(opened)
        library.keep_drives(2)
        library.fault("unit-attention 2A/01")
        inventory = opened.read([ElementType.DATA_TRANSFER])
        known = drive_identities(opened, inventory)
    assert sorted(known) == [500, 501]


def test_status_of_another_library_behind_the_same_device_is_refused(demo: VirtualLibrary) -> None:
    with demo.open() as library:
        demo.become_another_library()
        assert type(error_of(lambda: status(library))) is IdentityChanged


def test_library_that_reports_no_serial_number_any_more_is_the_same(demo: VirtualLibrary) -> None:
    """As far as it tells; nor is it asked again."""
    with demo.watched() as (library, sent):
        status(library)
        demo.refit(serial_page=False)
        demo.fault("unit-attention 3F/03")
        status(library)
        status(library)
    assert [cdb[:3] for cdb in sent if cdb[0] == INQUIRY] == [b"\x12\0\0", b"\x12\1\x80"]


def test_drives_of_another_library_behind_the_same_device_are_not_kept_as_its_own(
    demo: VirtualLibrary,
) -> None:
    with demo.open() as library:
        inventory = library.read()
        drive_identities(library, inventory)
        demo.become_another_library()
        error = error_of(lambda: drive_identities(library, inventory))
        assert type(error) is IdentityChanged
        assert not library.store.drives(library.id)


def test_a_drive_without_a_tape_device_is_found_out_before_a_cartridge_is_put_into_it(
    demo: VirtualLibrary,
) -> None:
    with demo.open() as library:

        def nobody(number: int, identity: DriveIdentity | None) -> str:
            raise DeviceNotAvailable(f"no tape device is drive {number} ({identity})")

        library.find_drive = nobody
        error = error_of(lambda: require_device(library, parse_place("drive:0")))
    assert type(error) is DeviceNotAvailable


def test_a_place_that_is_no_drive_is_refused_before_its_tape_device_is_looked_for(
    demo: VirtualLibrary,
) -> None:
    with demo.counting() as counted, demo.open() as library:
        error = error_of(lambda: require_device(library, parse_place("@1004")))
    assert type(error) is NoSuchDrive
    assert sum(counted.values()) == 1


def test_flags_of_a_drive_are_not_read_where_they_can_t_be_kept(demo: VirtualLibrary) -> None:
    demo.fault("tape-alert 3 drive:0")
    broken = (
        "BEFORE INSERT ON drive_conditions BEGIN SELECT RAISE(ABORT, 'the disk is worn out'); END"
    )
    demo.execute(f"CREATE TRIGGER broken {broken}")
    pages: list[int] = []

    def note(_: int, cdb: bytes) -> None:
        if cdb[0] == LOG_SENSE:
            pages.append(cdb[2] & 0x3F)

    with demo.open(drive_wire=lambda inner: Wire(inner, before=note)) as opened:
        first, second = report_drives(opened, opened.read(), find_home=lambda _: None).drives
        for each in (first, second):
            assert (each.state, each.asked, each.alerts) == (DriveState.EMPTY, False, frozenset())
            assert each.why_not_asked == "the state store can't keep what it reports"
        assert TAPE_ALERT not in pages
        demo.execute("DROP TRIGGER broken")
        first, second = report_drives(opened, opened.read(), find_home=lambda _: None).drives
    assert (first.asked, first.why_not_asked, first.new_alerts) == (True, None, frozenset({3}))
    assert (second.asked, second.new_alerts) == (True, frozenset())


def test_flags_that_a_drive_reported_before_its_path_was_lost_are_kept(
    demo: VirtualLibrary,
) -> None:
    """Reading them cleared them."""
    demo.fault("tape-alert 3 drive:0")
    was_read = False

    def read(_: int, cdb: bytes) -> None:
        nonlocal was_read
        was_read = was_read or (cdb[0] == LOG_SENSE and cdb[2] & 0x3F == TAPE_ALERT)

    def lose(_: int, __: bytes) -> None:
        if was_read:
            raise TransportFailed("the path is lost")

    with demo.open(drive_wire=lambda inner: Wire(inner, before=lose, after=read)) as opened:
        report_drives(opened, opened.read(), find_home=lambda _: None)
    with demo.store() as store:
        assert [each.flags for each in store.drive_conditions(demo.id)] == ["3"]


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("sense", "timeout_seconds", "slept", "why"),
    [
        ("02/04/01", 12, [0.2, 0.4, 0.8, 1.6, 3.2, 5, 0.8], "becoming ready"),
        ("02/04/01", 61.2, [0.2, 0.4, 0.8, 1.6, 3.2, *[5] * 11], "becoming ready"),
        ("02/3A/00", 12, [0.2, 0.4, 0.8, 1.6, 3.2, 5, 0.8], "medium not present"),
        ("02/3A/00", 100, [0.2, 0.4, 0.8, 1.6, 3.2, *[5] * 10, 3.8], "medium not present"),
        ("02/04/01", 0, [], "becoming ready"),
    ],
)
def test_drive_is_asked_less_and_less_often_until_its_time_is_over(
    make_library: MakeLibrary, sense: str, timeout_seconds: float, slept: list[float], why: str
) -> None:
    library = make_library("demo", drive_product="ULT3580-TD8", move_seconds=0)
    library.fault(f"sense {sense} always on 00 drive:0")
    before = len(library.clock.slept)
    error = error_of(lambda: load_and_wait(library, timeout_seconds=timeout_seconds))
    assert library.clock.slept[before:] == pytest.approx(slept)
    assert type(error) is DriveNotReady
    head, _, reason = error.message.partition(": ")
    assert head == f"A00001L8 is in drive 0, which is not ready after {sum(slept):.0f} s"
    assert why in reason and sense[3:] in reason
    assert error.hint == (
        "wait longer with --ready-timeout SECONDS; or put it away: changer unload 0"
    )
    spent = [*accumulate(slept, initial=0.0)][: len(slept)]
    limit = min(60, timeout_seconds) if sense == "02/3A/00" else timeout_seconds
    steps = timed(library, "waiting for drive 0: ")
    assert [each for _, each in steps] == pytest.approx(spent)
    assert [each for each, _ in steps] == pytest.approx([limit] * len(slept))


@pytest.mark.parametrize("tag", ["A00001L8", None])
def test_cartridge_is_named_in_what_is_wrong_with_it_also_without_a_label(
    demo: VirtualLibrary, tag: str | None
) -> None:
    demo.fault("sense 03/30/01 always on 00 drive:0")
    with demo.open() as library:
        known = require_device(library, parse_place("drive:0"))
        error = error_of(lambda: wait_until_ready(library, known, cartridge=tag, timeout_seconds=9))
    assert type(error) is DriveNotReady
    assert error.message.startswith(f"{tag or UNLABELLED} in drive 0 can't be used: ")
    assert error.hint == (
        "put it away: changer unload 0; then try it in another drive, or another cartridge in this "
        "one"
    )


def test_dry_run_asks_no_drive_until_it_is_ready(demo: VirtualLibrary) -> None:
    asked: list[int] = []

    def note(_: int, cdb: bytes) -> None:
        asked.append(cdb[0])

    run = DryRun()
    with demo.open(dry_run=run, drive_wire=lambda inner: Wire(inner, before=note)) as library:
        known = require_device(library, parse_place("drive:0"))
        wait_until_ready(library, known, cartridge="A00001L8", timeout_seconds=9)
    assert run.steps[-1:] == [Event("drive 0 is asked until it is ready")]
    assert TEST_UNIT_READY not in asked


@dataclass
class Renamed:
    """A drive that reports another serial number; ``log``: its commands, and its closing."""

    inner: Transport
    serial: bytes
    log: list[str]

    def execute(self, command: Command[Any]) -> Reply:
        self.log.append(command.name)
        page = bytes((1, 0x80, 0, len(self.serial))) + self.serial
        return Reply(Status.GOOD, page)

    def close(self) -> None:
        self.log.append("closed")
        self.inner.close()


@pytest.mark.parametrize(
    ("own", "is_it"),
    [(b"SIMDRV0000", True), (b"HP SIMDRV0000", True), (b"  ", True), (b"SIMDRV0001", False)],
)
def test_device_that_reports_to_be_another_drive_is_sent_nothing_else(
    make_library: MakeLibrary, own: bytes, *, is_it: bool
) -> None:
    log: list[str] = []
    library = make_library("demo", drive_serial="SIMDRV0")
    with library.open(drive_wire=lambda inner: Renamed(inner, own, log)) as opened:
        known = known_drive(opened, opened.read(), 500)
        assert known.serial == "SIMDRV0000"
        error = error_of(lambda: open_drive(opened, known).close())
    if is_it:
        assert error is None
    else:
        assert type(error) is DeviceNotAvailable
        assert error.message == (
            "drive 0 has serial number SIMDRV0000 in the library, and the device that was opened "
            "for it reports SIMDRV0001; nothing else was sent to it"
        )
        assert error.hint is not None and "may have changed bays" in error.hint
    assert [each for each in log if each != "closed"] == log[:1]
    assert log[-1] == "closed"


@pytest.mark.parametrize(("hint", "told"), [(None, "look"), ("ask the owner", "ask the owner")])
def test_drive_without_a_device_is_told_with_the_hint_of_who_asks(
    demo: VirtualLibrary, hint: str | None, told: str
) -> None:
    with demo.open() as library:

        def nobody(number: int, _: DriveIdentity | None) -> str:
            raise DeviceNotAvailable(f"no tape device is drive {number}", hint="look")

        library.find_drive = nobody
        known = known_drive(library, library.read(), 501)
        error = error_of(lambda: open_drive(library, known, hint=hint))
    assert error is not None
    assert (error.message, error.hint) == ("no tape device is drive 1", told)


@pytest.mark.parametrize("sense", [b"", b"\x01\xff"])
def test_drive_that_fails_without_sense_data_that_can_be_read_is_not_waited_for(
    demo: VirtualLibrary, sense: bytes
) -> None:
    @dataclass
    class Garbled(Wire):
        def execute(self, command: Command[Any]) -> Reply:
            if command.cdb[0] == TEST_UNIT_READY:
                return Reply(Status.CHECK_CONDITION, sense=sense)
            return super().execute(command)

    error = error_of(lambda: load_and_wait(demo, timeout_seconds=900, drive_wire=Garbled))
    assert type(error) is DriveNotReady
    assert error.message.startswith("A00001L8 in drive 0 can't be used: ")
    assert sum(demo.clock.slept) < 1
