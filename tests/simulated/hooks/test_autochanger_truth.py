"""Whatever happens to a library, what changer-autochanger answers of it is true."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
from driver.virtual_library import error_of
from effort import examples
from folders import quick_folder
from hypothesis import given
from hypothesis import strategies as st

from changer.simulator.operator_api import reset

from .daemon import TAPE, Daemon

# What goes wrong; none of these has the library say of an element what is not so, without a sign.
FAULTS = (
    "unit-attention 28/00",
    "unit-attention 29/00 after 1",
    "unit-attention 3F/03 after 2",
    "magazine-out 1",
    "magazine-in 1",
    "magazine-out 2",
    "magazine-in 2",
    "move-fails at-source",
    "move-fails in-transport",
    "move-fails at-destination",
    "move-hangs at-destination",
    "move-hangs in-transport",
    "sense 05/53/03 on A5",
    "sense 05/3A/00 2 on A5",
    "sense 05/3B/0E on A5",
    "sense 0B/00/00",
    "busy 3",
    "hang",
    "becoming-ready 10s",
    "becoming-ready 2",
    "occupancy-unknown 3",
    "element drive:0 83/03 full=0",
    "unreadable 5",
    "element drive:1 access=0",
    "element drive:0 except=1",
    "element 2 ed=1",
    "element drive:0 00/17",
    "element drive:1 80/01",
    "element 3 listed=0",
    "element mail:2 export=0",
    "door open",
    "door closed",
    "offline",
    "online",
    "clear",
)
SLOTS, DRIVES = st.integers(0, 15), st.integers(0, 2)
CALLS = st.one_of(
    st.tuples(st.just("load"), SLOTS, st.just(TAPE), DRIVES),
    st.tuples(st.just("unload"), SLOTS, st.just(TAPE), DRIVES),
    st.tuples(st.just("transfer"), SLOTS, SLOTS),
    st.tuples(st.just("load"), st.just(3), st.just(TAPE), st.just(0)),
    st.tuples(st.just("unload"), st.just(3), st.just(TAPE), st.just(0)),
)


@pytest.fixture(scope="module")
def daemon() -> Iterator[Daemon]:
    with quick_folder() as folder:
        yield Daemon(folder, unloads_drive=False)


def check_loaded(daemon: Daemon, drive: int) -> None:
    """0 for a drive that is truly empty, a number for one that is truly full, or an error."""
    answer = daemon.call("loaded", 0, TAPE, drive)
    if answer.status == 0:
        truly_full = daemon.library.tag_at(f"drive:{drive}") is not None
        assert (int(answer.out) != 0) is truly_full, answer
        if truly_full:
            assert daemon.library.tag_at(_place(answer.out.strip())) is None, answer


def check_records(daemon: Daemon) -> None:
    """Every record is of an element that is there, and full or empty as it says."""
    answer = daemon.call("listall")
    for line in answer.out.splitlines():
        kind, number, state, *rest = line.split(":")
        mail = f"mail:{int(number) - 12}"
        place = {"D": f"drive:{number}", "S": number, "I": mail}[kind]
        tag = daemon.library.tag_at(place)
        assert (tag is not None) is (state == "F"), line
        if state == "F":
            assert rest[-1].rstrip() in (tag, "-"), line
        if kind == "S":
            assert (int(number) - 1) // 6 + 1 not in daemon.library.truth.removed, line


def check_volumes(daemon: Daemon) -> None:
    """A volume is where it is said to be, or in a drive, and its slot is empty."""
    for line in daemon.call("list").out.splitlines():
        slot, _, tag = line.partition(":")
        if not tag:
            continue
        place = daemon.library.place_of(tag)
        assert place is not None, line
        if place.startswith("drive:"):
            assert slot == "0" or daemon.library.tag_at(_place(slot)) is None, line
        else:
            assert place == slot, line


def _place(slot: str) -> str:
    return slot if int(slot) <= 12 else f"mail:{int(slot) - 12}"


@pytest.mark.long
@examples(25)
@given(steps=st.lists(st.one_of(st.sampled_from(FAULTS), CALLS), min_size=1, max_size=8))
def test_answers_are_true_whatever_happened(
    daemon: Daemon, steps: list[str | tuple[object, ...]]
) -> None:
    reset("library", folder=daemon.library.simulated)
    daemon.load(1, 1)
    for step in steps:
        if isinstance(step, str):
            error_of(partial(daemon.library.fault, step))  # a magazine may be out already
        else:
            daemon.call(*step)
        for drive in (0, 1):
            check_loaded(daemon, drive)
        check_records(daemon)
        check_volumes(daemon)
