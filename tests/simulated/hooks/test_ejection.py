"""A tape is kept for the robot by who has its node open."""

from __future__ import annotations

import errno
import os
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cleaning.cleaner_library import CleanerLibrary
from driver.virtual_library import (
    MOVE_MEDIUM,
    NAME,
    Rewire,
    VirtualLibrary,
    Wire,
    as_it_is,
    error_of,
)
from pytest_mock import MockerFixture
from users import import_everything, no_right_to

from changer.drives.drive import KnownDrive
from changer.errors import AccessDenied, DeviceNotAvailable, MoveFailed, RemovalPrevented
from changer.library.addressing import parse_place
from changer.moves.drive_eject import FindNodes, exclusive_open, move_ejecting
from changer.moves.plan import plan_move
from changer.simulator.catalogue import changing

LOAD_UNLOAD = 0x1B
WORDS = "A00003L8 from drive 0 to slot 3"


def hold(node: Path) -> None:
    with exclusive_open([node], WORDS):
        pytest.fail("there was nothing to hold")


def held_files() -> list[str]:
    return sorted(each.name for each in Path("/proc/self/fd").iterdir())


def test_virtual_drive_has_no_node() -> None:
    with exclusive_open((), WORDS) as held:
        assert held is None


def test_node_that_is_gone_is_told(folder: Path) -> None:
    error = error_of(lambda: hold(folder / "nst0"))
    assert isinstance(error, DeviceNotAvailable)
    assert WORDS in error.message and str(folder / "nst0") in error.message


def test_node_that_is_closed_to_the_user_is_told(folder: Path) -> None:
    import_everything()
    node = folder / "nst0"
    node.touch()
    with no_right_to(node):
        error = error_of(lambda: hold(node))
    assert isinstance(error, AccessDenied)
    assert "group tape" in (error.hint or "")


def test_node_is_let_go_when_the_move_failed(folder: Path) -> None:
    node = folder / "nst0"
    node.touch()
    before = held_files()
    with pytest.raises(KeyError), exclusive_open([node], WORDS):
        raise KeyError
    assert held_files() == before


def test_every_node_of_a_drive_is_held(folder: Path) -> None:
    nodes = [folder / "nst0", folder / "nst7"]
    for each in nodes:
        each.touch()
    before = len(held_files())
    with exclusive_open(nodes, WORDS):
        assert len(held_files()) == before + len(nodes)
    assert len(held_files()) == before


def test_nodes_are_let_go_where_one_can_t_be_held(folder: Path) -> None:
    node = folder / "nst0"
    node.touch()
    before = held_files()
    error = error_of(lambda: exclusive_open([node, folder / "nst7"], WORDS).__enter__())
    assert isinstance(error, DeviceNotAvailable)
    assert str(folder / "nst7") in error.message
    assert held_files() == before


# Around the move


@pytest.fixture
def library(folder: Path) -> VirtualLibrary:
    """A00001L8 is in drive 0, which has to eject it before the robot can take it."""
    library = VirtualLibrary(folder / "library", unloads_drive=False, drive_load_seconds=0)
    library.move_behind_our_back("1", "drive:0")
    return library


def unload(library: VirtualLibrary, find_nodes: FindNodes, drive_wire: Rewire = as_it_is) -> None:
    with library.open(drive_wire=drive_wire) as opened, opened.locked():
        plan = partial(plan_move, opened, parse_place("drive:0"), parse_place("1"))
        move_ejecting(opened, plan, find_nodes)


def is_mounted(library: VirtualLibrary) -> bool:
    with changing(NAME, folder=library.simulated) as state:
        return state.drives[0].mounted


def test_node_is_held_while_the_drive_ejects(library: VirtualLibrary, folder: Path) -> None:
    node = folder / "nst0"
    node.touch()
    held: list[bool] = []

    def look(_: int, cdb: bytes) -> None:
        if cdb[0] == LOAD_UNLOAD:
            links = [each.readlink() for each in Path("/proc/self/fd").iterdir() if each.exists()]
            held.append(node in links)

    unload(library, lambda _: (node,), lambda inner: Wire(inner, before=look))
    assert held and all(held)
    assert library.tag_at("1") == "A00001L8"


def test_library_that_notices_an_ejection_late_is_given_seven_seconds(folder: Path) -> None:
    """The drive has let go of its cartridge, and the robot does not know it yet."""
    library = CleanerLibrary(folder / "library", drive_load_seconds=0)
    library.move_behind_our_back("1", "drive:0")
    library.fault("sense 05/53/03 always on move")
    # After each refusal the elements are read half a second later, which is part of the time.
    library.clock.plan(8.5, lambda: library.fault("clear"))
    unload(library, lambda _: ())
    assert library.tag_at("1") == "A00001L8"


def test_robot_that_fails_after_an_ejection_is_not_made_to_try_again(
    library: VirtualLibrary,
) -> None:
    def fail(_: int, cdb: bytes) -> None:
        if cdb[0] == LOAD_UNLOAD:
            library.fault("sense 04/15/01 always on move")

    with library.counting() as counted:
        error = error_of(
            lambda: unload(library, lambda _: (), lambda inner: Wire(inner, before=fail))
        )
    assert type(error) is MoveFailed
    assert counted[MOVE_MEDIUM] == 2
    library.fault("clear")
    assert library.tag_at("drive:0") == "A00001L8"


def test_tape_that_is_in_use_is_not_ejected(
    library: VirtualLibrary, folder: Path, mocker: MockerFixture
) -> None:
    node, real = folder / "nst0", os.open

    def opened(path: Path, *arguments: Any, **options: Any) -> int:
        if path == node:  # the kernel's answer while another process has it open
            raise OSError(errno.EBUSY, "Device or resource busy")
        return real(path, *arguments, **options)

    import_everything()
    mocker.patch("os.open", opened)
    error = error_of(lambda: unload(library, lambda _: (node,)))
    assert type(error) is RemovalPrevented
    assert f"{node} is in use" in error.message
    assert is_mounted(library)
    assert library.tag_at("drive:0") == "A00001L8"


def test_drive_that_this_host_does_not_see_is_not_ejected_and_said_to_be_made_to(
    library: VirtualLibrary,
) -> None:
    def nobody(_: KnownDrive) -> tuple[Path, ...]:
        raise DeviceNotAvailable("no tape device is drive 0")

    error = error_of(lambda: unload(library, nobody))
    assert type(error) is RemovalPrevented
    assert (error.hint or "").startswith("no tape device is drive 0; have it eject the cartridge")
    assert is_mounted(library)


def test_drive_that_can_not_be_told_to_eject_is_said_to_be_made_to(library: VirtualLibrary) -> None:
    def unplugged(_: int, __: bytes) -> None:
        raise DeviceNotAvailable("sim:library/drive:0 is gone")

    error = error_of(
        lambda: unload(library, lambda _: (), lambda inner: Wire(inner, before=unplugged))
    )
    assert type(error) is RemovalPrevented
    assert (error.hint or "").startswith("sim:library/drive:0 is gone; have it eject the cartridge")
