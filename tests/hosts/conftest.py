"""The lab: hosts A and B, one that keeps the library that they share, and a switch between them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from . import rehearsal
from .exported import ExportedLibrary
from .guest import RESULTS, Guest
from .observed import Observer
from .switch import Switch


@dataclass(frozen=True, slots=True)
class Lab:
    """``a`` and ``b`` are logged in to ``library``."""

    switch: Switch
    observer: Observer
    a: Guest
    b: Guest
    library: ExportedLibrary

    @property
    def keeper(self) -> Guest:
        return self.library.guest


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """As docs/several-hosts.md has it set up, and taken away."""
    shutil.rmtree(RESULTS, ignore_errors=True)
    observer = Observer()
    with Switch(observer.see) as switch:
        keeper, a, b = (Guest(name, 10 + n, switch) for n, name in enumerate(("keeper", "a", "b")))
        assert keeper.address == rehearsal.KEEPER
        guests = (keeper, a, b)
        try:
            for guest in guests:
                guest.start()
            for guest in guests:
                guest.wait_for_boot()
            rehearsal.keep(keeper)
            for guest in (a, b):
                rehearsal.join(guest)
            yield Lab(switch, observer, a, b, ExportedLibrary(keeper))
            for guest in (a, b):
                rehearsal.leave(guest)
            rehearsal.end(keeper)
        finally:
            for guest in guests:
                guest.kill()
