"""What a drive says of a cleaning, and which cartridge cleans it how often."""

from __future__ import annotations

import itertools

import pytest

from changer.drives.cleaning_monitor import (
    CleaningResult,
    CleaningSeen,
    Sign,
    conclude,
    may_eject,
    sign_of_activity,
    sign_of_sense,
)
from changer.smc.drive_models import may_calibrate
from changer.smc.elements import AdditionalSense
from changer.smc.log_sense import DataTransferDeviceStatus
from changer.smc.sense import SenseData

CLEANED, SPENT = CleaningResult.CLEANED, CleaningResult.SPENT
INVALID, FAILED = CleaningResult.INVALID, CleaningResult.FAILED


def sense(key: int, asc: int, ascq: int) -> SenseData:
    return SenseData(key, AdditionalSense(asc, ascq), deferred=False, descriptor_format=False)


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("said", "sign"),
    [
        (None, Sign.READY),
        (sense(0x02, 0x30, 0x03), Sign.CLEANING),
        (sense(0x03, 0x30, 0x07), Sign.FAILED),
        (sense(0x02, 0x30, 0x00), Sign.INVALID),
        (sense(0x03, 0x30, 0x02), Sign.INVALID),
        (sense(0x03, 0x30, 0x13), Sign.SPENT),
        (sense(0x02, 0x30, 0x13), Sign.SPENT),
        (sense(0x02, 0x30, 0x0B), Sign.SPENT),
        (sense(0x02, 0x3A, 0x00), Sign.ABSENT),
        (sense(0x02, 0x3A, 0x04), Sign.ABSENT),
        (sense(0x02, 0x04, 0x00), Sign.BUSY),
        (sense(0x02, 0x04, 0x01), Sign.BUSY),
        (sense(0x02, 0x04, 0x02), Sign.DONE),
        (sense(0x02, 0x04, 0x07), Sign.BUSY),
        (sense(0x06, 0x28, 0x00), Sign.NOTHING),
        (sense(0x06, 0x29, 0x00), Sign.NOTHING),
        (sense(0x05, 0x20, 0x00), Sign.NOTHING),
        (SenseData(0x02, None, deferred=False, descriptor_format=True), Sign.NOTHING),
    ],
)
def test_sense_data_is_a_sign(said: SenseData | None, sign: Sign) -> None:
    assert sign_of_sense(said) is sign


@pytest.mark.parametrize(
    ("activity", "sign"),
    [(0x00, Sign.NOTHING), (0x01, Sign.CLEANING), (0x02, Sign.BUSY), (0x0D, Sign.BUSY)],
)
def test_activity_is_a_sign(activity: int, sign: Sign) -> None:
    status = DataTransferDeviceStatus(
        cleaning_requested=False,
        cleaning_required=False,
        in_transition=False,
        robot_may_access=False,
        medium_present=True,
        medium_seated=False,
        medium_threaded=False,
        activity=activity,
        initialized=True,
        raw=b"",
    )
    assert sign_of_activity(status) is sign


def test_drive_without_the_page_gives_no_sign() -> None:
    assert sign_of_activity(None) is Sign.NOTHING


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("seen", "result"),
    [
        (CleaningSeen(True, Sign.ABSENT), CLEANED),
        (CleaningSeen(True, Sign.DONE), CLEANED),
        (CleaningSeen(True, Sign.READY), CLEANED),
        (CleaningSeen(False, Sign.DONE), CLEANED),
        (CleaningSeen(False, Sign.READY), FAILED),
        (CleaningSeen(False, Sign.ABSENT), FAILED),
        (CleaningSeen(False, Sign.ABSENT, requested_before=True, requested_after=False), CLEANED),
        (CleaningSeen(False, Sign.ABSENT, requested_before=True, requested_after=None), FAILED),
        (CleaningSeen(False, Sign.ABSENT, requested_before=False, requested_after=False), FAILED),
        (CleaningSeen(True, Sign.ABSENT, requested_before=True, requested_after=True), FAILED),
        (CleaningSeen(True, Sign.ABSENT, requested_before=False, requested_after=True), CLEANED),
        (CleaningSeen(True, Sign.FAILED), FAILED),
        (CleaningSeen(True, None), FAILED),
        (CleaningSeen(False, None), FAILED),
        (CleaningSeen(False, Sign.INVALID), INVALID),
        (CleaningSeen(False, Sign.ABSENT, frozenset({23})), INVALID),
        (CleaningSeen(False, Sign.FAILED, frozenset({22})), SPENT),
        (CleaningSeen(False, Sign.SPENT), SPENT),
        (CleaningSeen(False, Sign.ABSENT, frozenset({22})), SPENT),
        (CleaningSeen(True, Sign.ABSENT, frozenset({20, 3})), CLEANED),
    ],
)
def test_signs_amount_to_a_result(seen: CleaningSeen, result: CleaningResult) -> None:
    assert conclude(seen)[0] is result


def test_nothing_that_ended_badly_is_ever_clean() -> None:
    wishes = (None, False, True)
    flags = (frozenset[int](), frozenset({20}), frozenset({22}), frozenset({23}))
    for cleaning, end, alerts, before, after in itertools.product(
        (True, False), (None, *Sign), flags, wishes, wishes
    ):
        result, why = conclude(CleaningSeen(cleaning, end, alerts, before, after))
        assert why
        if end in (None, Sign.FAILED, Sign.INVALID) or alerts & {22, 23} or (before and after):
            assert result is not CLEANED


@pytest.mark.parametrize("seen", [*Sign, None])
@pytest.mark.parametrize("first", Sign)
def test_only_what_is_known_to_be_the_cleaner_is_ejected(first: Sign, seen: Sign | None) -> None:
    """A drive that held none before holds the cleaner; one that is ready holds something else."""
    allowed = may_eject(first, CleaningSeen(False, seen))
    if seen is Sign.ABSENT:
        assert not allowed
    elif first is Sign.ABSENT:
        assert allowed
    else:
        assert allowed is (seen not in (None, Sign.READY, first))
    assert may_eject(first, CleaningSeen(True, seen)) is (seen is not Sign.ABSENT)


@pytest.mark.parametrize(
    ("product", "may_be"),
    [
        *((each, True) for each in ("ULT3580-TD9", "ULTRIUM-HH9", "Ultrium 9-SCSI", "LTO9")),
        *((each, True) for each in (None, "", "LTO Ultrium", "DRIVE")),
        *((each, False) for each in ("ULT3580-TD8", "ULTRIUM-HH8", "Ultrium 8-SCSI", "LTO-4")),
        *((each, False) for each in ("SDLT320", "03592E08", "ULT3580-TD10")),
    ],
)
def test_drive_may_calibrate_unless_its_name_says_otherwise(
    product: str | None, may_be: bool
) -> None:
    assert may_calibrate(product) is may_be
