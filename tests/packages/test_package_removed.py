"""Removed, and installed again, nothing is lost; purged, the settings go and the records stay."""

from __future__ import annotations

import pytest

from .built import Built
from .conftest import install
from .root import Root

TOWER = {"CHANGER": "sim:tower"}
SETTINGS = "etc/changer/changer.toml"


@pytest.fixture
def used(root: Root) -> Root:
    """A root in which a slot is reserved, and the settings name the library."""
    root.run("changer", "sim", "create", "tower", "--profile", "demo")
    root.run("changer", "cleaner", "reserve", "12", environment=TOWER)
    (root.folder / SETTINGS).write_text('default_library = "sim:tower"\n')
    return root


def test_removed_program_leaves_settings_and_state(used: Root, packages: Built) -> None:
    before = used.run("changer", "history", environment=TOWER).out
    used.run("apt-get", "--quiet", "--yes", "remove", "changer", "python3-changer")
    assert used.run("bash", "-c", "type changer", expected=1)
    assert not list(used.folder.glob("usr/lib/python3/dist-packages/changer*"))
    install(used, packages)
    assert used.run("changer", "history").out == before
    assert "reserved" in used.run("changer", "cleaner", "status").out


def test_purged_program_leaves_its_records_and_says_where(used: Root) -> None:
    ended = used.run("apt-get", "--quiet", "--yes", "purge", "changer", "python3-changer")
    assert "rm -r /var/lib/changer" in ended.out + ended.err
    assert (used.folder / "var/lib/changer/state.db").is_file()
    assert not (used.folder / "etc/changer").exists()
    assert not (used.folder / "run/lock/changer").exists()


def test_purged_program_that_recorded_nothing_leaves_nothing(root: Root) -> None:
    root.run("apt-get", "--quiet", "--yes", "purge", "changer", "python3-changer")
    places = [root.folder / each for each in ("usr", "etc", "var")]
    left = [each for place in places for each in place.rglob("*changer*")]
    assert left == []
