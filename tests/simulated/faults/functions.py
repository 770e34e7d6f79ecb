"""The functions that meet the faults, each with how the library is when it begins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from driver.virtual_library import error_of

from changer.cleaning.slot import release
from changer.drives.drive import require_device
from changer.drives.readiness import wait_until_ready
from changer.errors import CartridgeOut, ChangerError
from changer.journal.home import Homes
from changer.library.addressing import parse_drive, parse_place
from changer.library.library import Library
from changer.library.status import library_status
from changer.moves.execute import load, unload
from changer.simulator.state import Cartridge

from .bench import DRIVE_0, DRIVE_1, RESERVED, SLOT_1, SLOT_2, Bench

READY_SECONDS = 900.0


@dataclass(frozen=True)
class Function:
    """``prepare``: brings the demo library into the state that it begins with.

    ``refusal``: the error that it ends with without any fault.
    """

    name: str
    call: Callable[[Library], object]
    prepare: Callable[[Bench], None]
    moves: bool = False
    releases: bool = False
    refusal: type[ChangerError] | None = None

    @property
    def succeeds(self) -> bool:
        return self.refusal is None

    def run(self, library: Library) -> ChangerError | None:
        """Call it; the error that it ends with, or None."""
        return error_of(lambda: self.call(library))


def _load(library: Library) -> object:
    """As ``changer load --ready`` does, which sends all that a load sends, and more."""
    return load_and_wait(library, READY_SECONDS)


def load_and_wait(library: Library, seconds: float) -> object:
    """``changer load --ready --ready-timeout SECONDS``."""
    known = require_device(library, parse_drive("0"))
    moved = load(library, parse_place("1"), parse_drive("0"))
    wait_until_ready(library, known, cartridge=moved.volume_tag, timeout_seconds=seconds)
    return moved


def _unload(library: Library) -> object:
    return unload(library, parse_drive("0"))


def _status(library: Library) -> object:
    inventory = library.read()
    return library_status(
        library,
        inventory,
        find_device=lambda number, _: f"drive {number}",
        find_home=Homes(library, inventory).address_of,
    )


def _as_it_is(_: Bench) -> None:
    """The demo library: drives empty, slot 4 empty and reserved."""


def _loaded(bench: Bench) -> None:
    bench.move(SLOT_1, DRIVE_0)


def _other_drive_loaded(bench: Bench) -> None:
    bench.move(SLOT_2, DRIVE_1)


def _cleaner_out(bench: Bench) -> None:
    bench.state.put(RESERVED, Cartridge(tag="CLN009CU", medium_type=2))
    bench.move(RESERVED, DRIVE_1)


FUNCTIONS = {
    each.name: each
    for each in (
        Function("load", _load, _as_it_is, moves=True),
        Function("unload", _unload, _loaded, moves=True),
        Function("status", _status, _other_drive_loaded),
        Function("release", release, _as_it_is, releases=True),
        # Its slot is empty only because its cleaner is in a drive: it must never succeed.
        Function(
            "release, cleaner out", release, _cleaner_out, releases=True, refusal=CartridgeOut
        ),
    )
}
