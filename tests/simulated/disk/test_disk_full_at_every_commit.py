"""The disk is full from one commit on, at each in turn: what was not written was not done, or is
said; the robot moves nothing that the journal does not hold; the next command settles the rest.
"""

from __future__ import annotations

import json
import os
import traceback
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, cast

import pytest
from children import captured
from cleaning.cleaner_library import CLEANER, CleanerLibrary
from figures import FIGURES, Figure

from changer.cleaning.recover import recover
from changer.errors import ChangerError
from changer.store.protocol import Store

from .functions import CLEANS, FUNCTIONS, PROFILE, Function
from .small_disk import Disk, FillingStore, limited_disk, mounted_disk, unwritable

MOVE_MEDIUM = 0xA5
# What is said when that could not be written.
SAYS = {
    "reserve": "slot 4 of CHANGER_VIRTUAL_SIM2709559484 is not reserved: ",
    "release": "slot 4 of CHANGER_VIRTUAL_SIM2709559484 is still reserved: ",
    "insert_cleaner": "CLN001CU is in slot 4, but that could not be recorded: ",
    "eject_cleaner": "CLN001CU is out of the library, but that could not be recorded: ",
}
# Those who may not mount have the second for all of them.
CASES = [
    *((each, "file system") for each in FUNCTIONS),
    *((each, "file size limit") for each in FUNCTIONS if each.name in ("reserve", "move")),
]
IS_ROOT = os.geteuid() == 0


@dataclass(frozen=True)
class Ended:
    """How a process ended: the code of its error or "done", all that it said, its writes so far."""

    code: str
    told: str
    writes: list[str]


@dataclass
class Scene:
    """One library whose store has a disk of its own."""

    library: CleanerLibrary
    disk: Disk
    moved: int


def disk_at(folder: Path, kind: str) -> AbstractContextManager[Disk]:
    return mounted_disk(folder) if kind == "file system" and IS_ROOT else limited_disk(folder)


def run(scene: Scene, function: Function, *, full_from: int) -> Ended:
    """In a process that ends afterwards."""

    def call() -> int:
        os.write(1, json.dumps(_call(scene, function, full_from)).encode())
        return 0

    status, out, err = captured(call)
    assert status == 0, err
    return Ended(*json.loads(out))


def _call(scene: Scene, function: Function, full_from: int) -> tuple[str, str, list[str]]:
    library = scene.library
    function.person(library)
    with library.open() as opened:
        store = FillingStore(opened.store, scene.disk, full_from)
        opened.store = cast(Store, store)
        code, told = "done", ""
        try:
            function.call(opened)
        except ChangerError as error:
            code, told = error.code, f"{error.message}; {error.hint}"
        except BaseException:
            code, told = "traceback", traceback.format_exc()
        return code, "; ".join([told, *library.warnings]), store.writes


def arranged(folder: Path, function: Function, disk: Disk) -> Scene:
    library = CleanerLibrary(folder, **PROFILE)
    function.arrange(library)
    library.warnings.clear()
    return Scene(library, disk, moved=library.commands[MOVE_MEDIUM])


@pytest.mark.parametrize(
    ("function", "kind"), CASES, ids=lambda value: getattr(value, "name", value)
)
def test_full_disk_at_every_commit(folder: Path, function: Function, kind: str) -> None:
    for number in count(1):
        place = folder / str(number)
        place.mkdir()
        with disk_at(place / "state", kind) as disk:
            scene = arranged(place, function, disk)
            before = _tags(scene)
            ended = run(scene, function, full_from=number)
            if len(ended.writes) < number:
                assert ended.code == "done", ended.told
                break
            FIGURES.count(Figure.FAULT_CASES)
            _check_refused(scene, function, ended, before)
            disk.free()
            _check_settled(scene, function, ended, before)
    assert number > 2


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_store_that_can_t_be_written_refuses_everything_that_acts(
    folder: Path, function: Function
) -> None:
    with disk_at(folder / "state", "file system") as disk:
        scene = arranged(folder, function, disk)
        before, kept = _tags(scene), scene.library.rows("moves")
        with unwritable(folder / "state", mounted=IS_ROOT):
            with pytest.raises(ChangerError) as caught:
                scene.library.open()
            assert caught.value.code == ("store-unreachable" if IS_ROOT else "access-denied")
            assert ("read-only" if IS_ROOT else "no permission to") in caught.value.message
            assert caught.value.hint
            assert scene.library.commands[MOVE_MEDIUM] == scene.moved
            _check_cartridges(scene, function, before)
        assert scene.library.rows("moves") == kept
        FIGURES.reservation(expected=function.before, found=scene.library.reserved)
        assert run(scene, function, full_from=0).code == "done"
        FIGURES.reservation(expected=function.after, found=scene.library.reserved)
        FIGURES.count(Figure.FAULT_CASES)


def _tags(scene: Scene) -> list[str]:
    return sorted(scene.library.places.values())


def _check_refused(scene: Scene, function: Function, ended: Ended, before: list[str]) -> None:
    """Nothing is half done, nothing is silent, and nothing moves without an intent on disk."""
    library = scene.library
    where = f"{function.name}, full from {ended.writes}: {ended.code}: {ended.told}"
    assert ended.code in ("store-full", "store-failed", "done"), where
    has_moved = library.commands[MOVE_MEDIUM]
    assert has_moved <= len(library.rows("moves")), where
    _check_cartridges(scene, function, before)
    if ended.code == "done":
        assert ended.told.strip("; "), f"it was silent: {where}"
    else:
        FIGURES.reservation(expected=function.before, found=library.reserved)
    if has_moved > scene.moved and ended.code != "done":
        assert function.tag is not None
        assert function.tag in ended.told or "was cleaned" in ended.told, f"of what? {where}"
    for name, words in SAYS.items():
        if name in ended.writes and ended.code != "done":
            assert words in ended.told, where
    if ended.writes[-1] == "begin_move":
        assert "the journal can't be written" in ended.told, where


def _check_settled(scene: Scene, function: Function, ended: Ended, before: list[str]) -> None:
    library = scene.library
    library.clock.sleep(3600)
    with library.open() as opened:
        recover(opened)
    _check_cartridges(scene, function, before)
    expected = function.after if ended.code == "done" else function.before
    FIGURES.reservation(expected=expected, found=library.reserved)
    assert all(each["finished_at"] for each in library.rows("operations"))
    assert all(each["outcome"] not in (None, "unknown") for each in library.rows("moves"))
    if library.cleaner is not None:
        place = library.place_of(CLEANER)
        assert place is not None
        cartridge = library.truth.cartridge_at(place)
        assert cartridge is not None
        used = CLEANS - cartridge.cleans_used
        FIGURES.uses(expected=used, counted=library.cleans_left)


def _check_cartridges(scene: Scene, function: Function, before: list[str]) -> None:
    """Every one is in the library, but for one that a person took out, as they were asked to."""
    now: list[Any] = _tags(scene)
    if function.name in ("eject", "export") and function.tag not in now:
        now = sorted([*now, function.tag])
    FIGURES.cartridges(before=before, now=now)
