"""Reserve and release, to be killed."""

from __future__ import annotations

from cleaning.cleaner_library import SLOT

from changer.cleaning.slot import release, reserve
from changer.library.addressing import parse_place
from changer.library.library import Library

from .aftermath import Aftermath
from .scenario import Scenario, alone

__all__ = ["SLOTS"]


def _reserve(library: Library) -> object:
    return reserve(library, parse_place(SLOT))


def _reserve_again(after: Aftermath) -> None:
    code = after.call(_reserve)
    assert code == ("done" if after.reserved is None else "already-reserved")
    after.reserved = 1004
    after.check()


def _release_again(after: Aftermath) -> None:
    code = after.call(release)
    assert code == ("no-slot-reserved" if after.reserved is None else "done")
    after.reserved = None
    after.check()


SLOTS = (
    Scenario("reserve", alone(_reserve), again=_reserve_again, pages=True),
    Scenario(
        "release",
        alone(release),
        lambda library: library.reserve(SLOT),
        _release_again,
        pages=True,
    ),
)
