"""A tape is kept for the robot by who has its node open."""

from __future__ import annotations

from pathlib import Path

import pytest
from driver.virtual_library import error_of
from users import import_everything, no_right_to

from changer.errors import AccessDenied, DeviceNotAvailable
from changer.moves.drive_eject import exclusive_open

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
