"""An open library takes its turn before its lock, and gives back all that it has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

import pytest

from changer.errors import LibraryClosed, LibraryDisabled, StoreError
from changer.library.settings import LibrarySettings
from changer.store.sharing import Lock
from changer.values import replace as with_values

from .virtual_library import VirtualLibrary, Wire, timed


@dataclass
class Logged:
    """The coordination of a host; ``log``: what is done with its lock."""

    inner: Any
    log: list[str]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def lock(self, library_id: str, **options: Any) -> Lock:
        self.log.append(f"wait {options['wait_seconds']:.0f}")
        return LoggedLock(self.inner.lock(library_id, **options), self.log)


@dataclass
class LoggedLock:
    inner: Any
    log: list[str]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def __enter__(self) -> Self:
        self.log.append("lock")
        self.inner.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self.inner.__exit__(*exception)
        self.log.append("unlock")


def test_lock_is_waited_for_within_the_turn_of_a_thread_and_given_back_within_it(
    demo: VirtualLibrary,
) -> None:
    log: list[str] = []

    @contextmanager
    def turn() -> Iterator[None]:
        log.append("turn")
        yield
        log.append("over")

    with demo.open(wait_seconds=5.0) as library:
        coordination = Logged(library.context.coordination, log)
        library.context = with_values(library.context, coordination=coordination)
        library.turn = turn()
        with library.locked():
            log.append("held")
            assert len(library.context.held) == 1
        assert library.context.held == []
    assert log == ["wait 5", "turn", "lock", "held", "unlock", "over"]


@pytest.mark.parametrize(
    ("wait_seconds", "is_patient", "waited"),
    [(5.0, False, 5), (5.0, True, 700), (900.0, True, 900)],
)
def test_one_who_is_patient_waits_for_the_lock_for_a_move_of_others_at_least(
    demo: VirtualLibrary, *, wait_seconds: float, is_patient: bool, waited: int
) -> None:
    log: list[str] = []
    settings = LibrarySettings(move_timeout_seconds=700.0)
    with demo.open(wait_seconds=wait_seconds, settings=settings) as library:
        coordination = Logged(library.context.coordination, log)
        library.context = with_values(library.context, coordination=coordination)
        with library.locked(patiently=is_patient):
            pass
    assert log[0] == f"wait {waited}"


def test_wait_for_the_lock_is_told_with_who_has_it_and_how_many_are_ahead(
    demo: VirtualLibrary,
) -> None:
    class Crowded(Logged):
        def lock(self, library_id: str, **options: Any) -> Lock:
            for before in range(3):
                options["on_wait"]("pid 7 (changer load 1 0)", before)
                demo.clock.time += 2
            return super().lock(library_id, **options)

    with demo.open(wait_seconds=5.0) as library:
        coordination = Crowded(library.context.coordination, [])
        library.context = with_values(library.context, coordination=coordination)
        with library.locked():
            pass
    words = "waiting for the library: pid 7 (changer load 1 0)"
    assert demo.steps == [words, f"{words}; 1 process is ahead", f"{words}; 2 processes are ahead"]
    assert timed(demo, words) == [(5.0, 0.0), (5.0, 2.0), (5.0, 4.0)]


@dataclass
class Closed(Wire):
    """How often it was closed."""

    times: int = 0

    def close(self) -> None:
        self.times += 1
        super().close()


def test_device_is_closed_once_and_then_nothing_acts_any_more(demo: VirtualLibrary) -> None:
    wires: list[Closed] = []

    def wire(inner: Any) -> Closed:
        wires.append(Closed(inner))
        return wires[-1]

    with demo.open(wire=wire) as library:
        library.read()
        library.require_usable()
    library.close()
    (only,) = wires
    assert only.times == 1
    for act in (library.require_open, library.require_usable, partial(_prevent, library)):
        with pytest.raises(LibraryClosed, match=f"{demo.id} was closed"):
            act()


def test_device_is_closed_where_the_library_can_not_be_recorded(demo: VirtualLibrary) -> None:
    demo.execute(
        "CREATE TRIGGER refuse BEFORE INSERT ON libraries"
        " BEGIN SELECT RAISE(ABORT, 'the test'); END"
    )
    wires: list[Closed] = []

    def wire(inner: Any) -> Closed:
        wires.append(Closed(inner))
        return wires[-1]

    with pytest.raises(StoreError):
        demo.open(wire=wire)
    assert [each.times for each in wires] == [1]


def _prevent(library: Any) -> None:
    library.prevent_removal(prevent=True)


def test_library_that_is_disabled_is_read_but_not_acted_on(demo: VirtualLibrary) -> None:
    with demo.open(settings=LibrarySettings(enabled=False)) as library:
        library.read()
        library.require_open()
        for act in (library.require_usable, partial(_prevent, library)):
            with pytest.raises(LibraryDisabled) as raised:
                act()
            assert raised.value.message == f"{demo.id} is disabled"
            assert raised.value.hint == ("its table in the configuration file says enabled = false")
