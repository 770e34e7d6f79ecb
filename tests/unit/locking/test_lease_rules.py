"""Rules of a lease, row by row: who may take it, when, and when its holder may act."""

from __future__ import annotations

import pytest

from changer.lock.lease import (
    MARGIN_SECONDS,
    RENEWAL_SECONDS,
    TERM_SECONDS,
    Grounds,
    Holder,
    Lease,
    Renewal,
    find_grounds,
    went_back,
)
from changer.values import replace

ALPHA = Holder("a" * 32, "boot-1:100:5000", "9:1")
BETA = Holder("b" * 32, "boot-2:100:5000", "9:1")
HELD = Lease(
    epoch=7,
    holder=ALPHA,
    granted_at=1000.0,
    renewed_at=1030.0,
    expires_at=1030.0 + TERM_SECONDS,
    command_deadline=None,
    released_at=None,
)
MOVING = replace(HELD, command_deadline=1030.0 + 900.0 + MARGIN_SECONDS)


@pytest.mark.parametrize(
    ("lease", "asking", "now", "grounds"),
    [
        (HELD, BETA, 1031.0, None),
        (HELD, BETA, 1030.0 + TERM_SECONDS, None),
        (HELD, BETA, 1030.1 + TERM_SECONDS, Grounds.EXPIRED),
        # A command may be under way for longer than the lease lasts.
        (MOVING, BETA, 1030.1 + TERM_SECONDS, None),
        (MOVING, BETA, 1030.0 + 900.0 + MARGIN_SECONDS, None),
        (MOVING, BETA, 1030.1 + 900.0 + MARGIN_SECONDS, Grounds.EXPIRED),
        # One that is over leaves the lease its own end.
        (replace(HELD, command_deadline=1010.0), BETA, 1031.0, None),
        (replace(HELD, command_deadline=1010.0), BETA, 1030.1 + TERM_SECONDS, Grounds.EXPIRED),
        # Given back: at once, whatever its times are.
        (replace(MOVING, released_at=1031.0), BETA, 1031.0, Grounds.RELEASED),
        (replace(MOVING, released_at=1031.0), BETA, 5.0, Grounds.RELEASED),
        # Another process of the same boot holds this host's lock, which a command would hold.
        (MOVING, replace(ALPHA, process="boot-1:101:6000"), 1031.0, Grounds.ENDED),
        (MOVING, ALPHA, 1031.0, Grounds.ENDED),
        # Another container of the host has locks of its own.
        (MOVING, replace(ALPHA, process="boot-1:101:6000", lock="9:2"), 1031.0, None),
        # Another boot may be another machine with the same name.
        (MOVING, replace(ALPHA, process="boot-3:100:5000"), 1031.0, None),
        (HELD, replace(ALPHA, process="boot-3:1:1"), 1030.1 + TERM_SECONDS, Grounds.EXPIRED),
        # The same boot id on another host: a copy of a running virtual machine.
        (MOVING, replace(BETA, process=ALPHA.process), 1031.0, None),
        # The server's clock was set back: it lasts the longer.
        (HELD, BETA, 0.0, None),
    ],
)
def test_who_may_take_a_lease(
    lease: Lease, asking: Holder, now: float, grounds: Grounds | None
) -> None:
    assert find_grounds(lease, asking, now=now) is grounds


def test_a_clock_that_was_set_back_is_known_by_the_last_renewal() -> None:
    assert went_back(HELD, now=1029.0)
    assert not went_back(HELD, now=1030.0)


@pytest.mark.parametrize(
    ("passed_seconds", "timeout_seconds", "may"),
    [
        (0.0, 900.0, True),
        (TERM_SECONDS / 2 - 0.1, 900.0, True),
        (TERM_SECONDS / 2, 900.0, False),
        (TERM_SECONDS, 900.0, False),
        (0.0, 900.1, False),
        (-0.1, 900.0, False),  # this clock does not go back: it is another boot's
    ],
)
def test_a_holder_acts_within_half_a_term_and_for_what_it_announced(
    passed_seconds: float, timeout_seconds: float, may: bool
) -> None:
    renewal = Renewal(sent_at=50.0, covers_seconds=900.0)
    assert renewal.allows(timeout_seconds, now=50.0 + passed_seconds) is may


def test_a_command_that_is_sent_late_ends_before_its_deadline() -> None:
    assert TERM_SECONDS / 2 <= MARGIN_SECONDS


def test_a_renewal_may_fail_once_before_its_holder_has_to_stop() -> None:
    assert 2 * RENEWAL_SECONDS <= TERM_SECONDS / 2
