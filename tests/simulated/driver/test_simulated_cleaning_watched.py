"""A drive that cleans is asked less and less often, until it reports an end or its time is over."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import pytest
from scsi_bytes import check

from changer.drives.cleaning_monitor import CleaningSeen, Sign, look_when_settled, watch_cleaning
from changer.drives.drive import TapeDrive
from changer.errors import TransportFailed
from changer.library.settings import LibrarySettings
from changer.smc.command import Command, Reply, Status
from changer.store.records import DriveIdentity
from changer.transport.dry_run import DryRun, Event

from .virtual_library import VirtualLibrary, timed

LOG_SENSE, ALERTS = 0x4D, 0x2E
CLEANING, ABSENT, BUSY = check(2, 0x30, 0x03), check(2, 0x3A), check(2, 0x04, 0x01)
DONE, FAILED, EXPIRED = check(2, 0x04, 0x02), check(3, 0x30, 0x07), check(2, 0x30, 0x13)
READY, REFUSED, NOTHING = Reply(Status.GOOD), check(5, 0x24), Reply(Status.BUSY)
GROWING = [0.5, 1, 2, 4, 5, 5, 5]


class Drive:
    """Answers TEST UNIT READY from a script, whose last entry lasts, and TapeAlert with flags."""

    def __init__(self, *script: Reply, flags: tuple[int, ...] | None = None) -> None:
        self._script = [*script]
        self._flags = flags
        self.asked: list[int] = []

    def execute(self, command: Command[Any]) -> Reply:
        if command.cdb[0] == LOG_SENSE:
            page = command.cdb[2] & 0x3F
            self.asked.append(page)
            if page != ALERTS or self._flags is None:
                return REFUSED
            set_now, self._flags = self._flags, ()
            body = b"".join(each.to_bytes(2, "big") + b"\3\1\1" for each in set_now)
            return Reply(Status.GOOD, b"\x2e\0" + len(body).to_bytes(2, "big") + body)
        return self._script.pop(0) if len(self._script) > 1 else self._script[0]

    def close(self) -> None:
        """Nothing is open."""


def watched(
    demo: VirtualLibrary,
    drive: Drive,
    *,
    timeout_seconds: float = 300.0,
    product: str | None = None,
    **options: Any,
) -> tuple[CleaningSeen, list[float]]:
    """What was seen, and the pauses between two looks."""
    settings = LibrarySettings(cleaning_timeout_seconds=timeout_seconds)
    options = {"requested_before": None, **options}
    with demo.open(settings=settings) as library:
        demo.clock.slept.clear()
        unit = TapeDrive("it", DriveIdentity(500, "S", None, product), drive)
        seen = watch_cleaning(library, unit, name="drive 0", **options)
    return seen, [*demo.clock.slept]


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("script", "seen", "slept"),
    [
        ([CLEANING] * 4 + [DONE], CleaningSeen(True, Sign.DONE), GROWING[:4]),
        ([CLEANING] * 7 + [READY], CleaningSeen(True, Sign.READY), GROWING),
        ([CLEANING, ABSENT], CleaningSeen(True, Sign.ABSENT), GROWING[:1]),
        ([BUSY, NOTHING, FAILED], CleaningSeen(False, Sign.FAILED), GROWING[:2]),
        ([EXPIRED], CleaningSeen(False, Sign.SPENT), []),
        ([check(2, 0x30, 0x00)], CleaningSeen(False, Sign.INVALID), []),
        # A drive has a minute to notice its cartridge: 7.5 s, then eleven times 5 s.
        ([ABSENT], CleaningSeen(False, Sign.ABSENT), [0.5, 1, 2, 4, *[5] * 11]),
        # 300 s: 7.5 s, then 58 times 5 s, and the rest.
        ([CLEANING], CleaningSeen(True, None), [0.5, 1, 2, 4, *[5] * 58, 2.5]),
        ([BUSY], CleaningSeen(False, None), [0.5, 1, 2, 4, *[5] * 58, 2.5]),
    ],
)
def test_drive_is_watched_until_it_reports_an_end(
    demo: VirtualLibrary, script: list[Reply], seen: CleaningSeen, slept: list[float]
) -> None:
    told, pauses = watched(demo, Drive(*script))
    assert told == seen
    assert pauses == pytest.approx(slept)
    spent = [*accumulate(slept, initial=0.0)][: len(slept) + (seen.end is not None)]
    steps = timed(demo, "cleaning drive 0: ")
    assert [each for _, each in steps] == pytest.approx(spent)
    assert {limit for limit, _ in steps} == {300.0}


@pytest.mark.parametrize(("in_drive", "pauses"), [(0.0, 15), (50.0, 5), (60.0, 0), (90.0, 0)])
def test_time_that_a_cleaner_was_in_a_drive_counts_as_time_to_notice_it(
    demo: VirtualLibrary, in_drive: float, pauses: int
) -> None:
    seen, slept = watched(demo, Drive(ABSENT), seconds_in_drive=in_drive)
    assert (seen.end, len(slept)) == (Sign.ABSENT, pauses)


def test_drive_is_given_half_of_a_short_time_to_notice_its_cartridge(demo: VirtualLibrary) -> None:
    seen, slept = watched(demo, Drive(ABSENT), timeout_seconds=45.0)
    assert (seen.end, slept) == (Sign.ABSENT, [0.5, 1.0, 2.0, 4.0, 5.0, 5.0, 5.0])


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("readiness", "activity", "sign"),
    [
        (BUSY, 1, Sign.CLEANING),
        (ABSENT, 1, Sign.CLEANING),
        (NOTHING, 2, Sign.BUSY),
        (NOTHING, 0, Sign.NOTHING),
        (CLEANING, 2, Sign.CLEANING),
        (CLEANING, 0, Sign.CLEANING),
        (EXPIRED, 1, Sign.SPENT),
    ],
)
def test_activity_of_a_drive_says_more_than_that_it_is_busy(
    demo: VirtualLibrary, readiness: Reply, activity: int, sign: Sign
) -> None:
    """But not more than sense data about the cleaning itself."""
    page = b"\x11\0\0\7\0\0\3\3" + bytes((1, 0, activity))

    class Active(Drive):
        def execute(self, command: Command[Any]) -> Reply:
            if command.cdb[0] == LOG_SENSE and command.cdb[2] & 0x3F == 0x11:
                return Reply(Status.GOOD, page)
            return super().execute(command)

    watched(demo, Active(readiness), timeout_seconds=1.0)
    assert demo.steps[-1] == f"cleaning drive 0: {sign.value}"


@pytest.mark.parametrize("flag", [22, 23])
def test_cleaner_that_a_drive_refuses_by_its_flags_is_thrown_out_at_once(
    demo: VirtualLibrary, flag: int
) -> None:
    drive = Drive(ABSENT, flags=(3, flag))
    seen, slept = watched(demo, drive, requested_before=True)
    assert (seen, slept) == (CleaningSeen(False, Sign.ABSENT, frozenset({3, flag}), True, None), [])
    assert drive.asked.count(ALERTS) == 1


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("replies", "flags_are_new", "product", "is_seen", "pauses"),
    [
        (1, True, "ULT3580-TD8", True, 1),
        (1, False, "ULT3580-TD8", False, 15),
        (2, False, "ULT3580-TD8", True, 2),
        (1, True, "VIRTUAL", False, 15),
    ],
)
def test_makers_sign_of_a_cleaning_is_of_this_one_unless_it_may_have_been_pending(
    demo: VirtualLibrary,
    *,
    replies: int,
    flags_are_new: bool,
    product: str,
    is_seen: bool,
    pauses: int,
) -> None:
    drive = Drive(*[check(1, 0x83, 0x83)] * replies, ABSENT)
    seen, slept = watched(demo, drive, product=product, flags_are_new=flags_are_new)
    assert (seen, len(slept)) == (CleaningSeen(is_seen, Sign.ABSENT), pauses)


def test_flags_that_may_be_older_than_the_cleaner_end_nothing(demo: VirtualLibrary) -> None:
    seen, slept = watched(demo, Drive(ABSENT, flags=(22,)), flags_are_new=False)
    assert (seen.end, seen.flags, len(slept)) == (Sign.ABSENT, frozenset({22}), 15)


def test_flags_after_those_that_may_be_older_are_of_the_cleaner(demo: VirtualLibrary) -> None:
    class Later(Drive):
        def execute(self, command: Command[Any]) -> Reply:
            reply = super().execute(command)
            if self.asked.count(ALERTS) == 1:
                self._flags = (22,)
            return reply

    seen, slept = watched(demo, Later(ABSENT, flags=(3,)), flags_are_new=False)
    assert (seen.end, seen.flags, slept) == (Sign.ABSENT, frozenset({3, 22}), [0.5])


@pytest.mark.parametrize(
    ("before", "flags", "after"),
    [
        (True, (20,), True),
        (True, (21,), True),
        (True, (3,), False),
        (True, (), False),
        (True, None, None),
        (False, (20,), True),
        (None, (20,), None),
    ],
)
def test_drive_is_asked_after_a_cleaning_whether_it_still_wants_one_if_it_told_before(
    demo: VirtualLibrary, *, before: bool | None, flags: tuple[int, ...] | None, after: bool | None
) -> None:
    seen, _ = watched(demo, Drive(CLEANING, DONE, flags=flags), requested_before=before)
    assert seen == CleaningSeen(True, Sign.DONE, frozenset(flags or ()), before, after)


def test_flags_that_were_read_before_the_path_was_lost_are_kept(demo: VirtualLibrary) -> None:
    class Lost(Drive):
        def execute(self, command: Command[Any]) -> Reply:
            if command.cdb[0] != LOG_SENSE and ALERTS in self.asked:
                raise TransportFailed("the path is lost")
            return super().execute(command)

    with pytest.raises(TransportFailed):
        watched(demo, Lost(ABSENT, flags=(3,)), requested_before=True)
    with demo.store() as store:
        (kept,) = store.drive_conditions(demo.id)
    assert (kept.drive, kept.tape_alerts) == ("it", frozenset({3}))


def test_drive_that_can_not_be_asked_again_is_not_said_to_want_no_cleaning(
    demo: VirtualLibrary,
) -> None:
    class Silent(Drive):
        def execute(self, command: Command[Any]) -> Reply:
            if command.cdb[0] == LOG_SENSE and command.cdb[2] & 0x3F == 0x0C:
                raise TransportFailed("the path is lost")
            return super().execute(command)

    seen, _ = watched(demo, Silent(CLEANING, DONE, flags=(20,)), requested_before=True)
    assert seen == CleaningSeen(True, Sign.DONE, frozenset({20}), True, None)


def test_dry_run_watches_nothing(demo: VirtualLibrary) -> None:
    run, drive = DryRun(), Drive(FAILED)
    with demo.open(dry_run=run) as library:
        seen = watch_cleaning(
            library, TapeDrive("it", None, drive), name="drive 0", requested_before=True
        )
    assert seen == CleaningSeen(True, Sign.DONE, frozenset(), True, None)
    assert drive.asked == []
    assert run.steps[-1:] == [
        Event("drive 0 cleans, and is polled until it reports that cleaning is complete")
    ]


@pytest.mark.parametrize(
    ("script", "sign", "slept"),
    [
        ([READY], Sign.READY, []),
        ([ABSENT], Sign.ABSENT, []),
        ([NOTHING], Sign.NOTHING, []),
        ([BUSY, BUSY, BUSY, READY], Sign.READY, GROWING[:3]),
        ([BUSY], Sign.BUSY, [0.5, 1, 2, 4, *[5] * 11]),
    ],
)
def test_drive_that_is_busy_is_given_a_minute_to_settle(
    demo: VirtualLibrary, script: list[Reply], sign: Sign, slept: list[float]
) -> None:
    with demo.open() as library:
        drive = TapeDrive("it", None, Drive(*script))
        assert look_when_settled(library, drive, name="drive 0") is sign
    assert demo.clock.slept == pytest.approx(slept)
    spent = [*accumulate(slept, initial=0.0)][: len(slept)]
    steps = timed(demo, "waiting for drive 0: ")
    assert [each for _, each in steps] == pytest.approx(spent)
    assert {limit for limit, _ in steps} <= {60.0}
