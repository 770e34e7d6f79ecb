"""Cleaner functions where a library answers from memory while it scans: they wait for that."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from driver.from_memory import SCAN_SECONDS, Rescanning

from changer.cleaning.clean_drive import clean
from changer.cleaning.eject import eject
from changer.cleaning.insert import InsertionRequest, insert
from changer.cleaning.slot import release, reserve
from changer.library.addressing import parse_place
from changer.library.library import Library
from changer.transport import Transport

from .cleaner_library import SLOT, CleanerLibrary, refusal

MOVE_MEDIUM = 0xA5
TAKEN, FILLED = f"remove {SLOT}", f"insert A00077L8 {SLOT}"
FUNCTIONS: dict[str, tuple[Callable[[Library], object], bool, str, str]] = {
    # the function; whether the cleaner is in the slot before; what a person does; what is said
    "eject": (partial(eject, timeout_seconds=0.0), True, TAKEN, "slot-empty"),
    "clean": (partial(clean, drive=parse_place("drive:1")), True, TAKEN, "slot-empty"),
    "take over": (
        partial(insert, request=InsertionRequest(source=parse_place(SLOT))),
        True,
        TAKEN,
        "slot-empty",
    ),
    "insert": (
        partial(insert, request=InsertionRequest(source=parse_place("mail:1"))),
        False,
        FILLED,
        "slot-full",
    ),
    "release": (release, False, FILLED, "slot-full"),
    "reserve": (partial(reserve, place=parse_place(SLOT)), False, FILLED, "slot-full"),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_a_library_remembers_while_it_scans_is_not_believed(
    demo: CleanerLibrary, name: str
) -> None:
    function, has_cleaner, words, code = FUNCTIONS[name]
    if has_cleaner:
        demo.with_cleaner()
    elif name != "reserve":
        demo.reserve(SLOT)
    devices: list[Rescanning] = []

    def wire(inner: Transport) -> Rescanning:
        devices.append(Rescanning(demo, inner, (words,)))
        return devices[-1]

    with demo.open(wire=wire) as opened:
        devices[0].begin()
        error = refusal(lambda: function(opened))
    assert error.code == code
    assert sum(demo.clock.slept) >= SCAN_SECONDS
    assert MOVE_MEDIUM not in demo.truth.commands
