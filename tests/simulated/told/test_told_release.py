"""A slot is given up, and its cleaner forgotten, only where the library accounts for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, product
from pathlib import Path

import pytest
from figures import FIGURES, Figure
from on_record import bring_in, primary_cleaner, primary_reservation
from sweeps import spread

from changer.cleaning.recover import recover
from changer.cleaning.slot import release, reserve
from changer.errors import ChangerError
from changer.library.addressing import parse_place

from .accounted import is_accounted_for, is_free, is_plainly_gone, is_seen
from .descriptors import DRIVE, MAIL, PICKER, SLOT
from .host import Host
from .shown import BY_FULL, NO_REASON, PLAIN, Showing
from .stand_in import Cartridge, Geometry, StandIn

pytestmark = pytest.mark.sweep

CODES = (
    *(None, NO_REASON, BY_FULL, (0x83, 0x03), (0x53, 0x08), (0x30, 0x03), (0x3B, 0x12)),
    *((0x3B, 0x1A), (0x83, 0x04), (0x00, 0x17), (0x80, 0x01), (0x83, 0x01), (0x91, 0x07)),
)
SHOWINGS = (
    Showing(listed=False),
    *(Showing(access=access, code=code) for access, code in product((True, False), CODES)),
    *(Showing(disabled=True, code=code) for code in (None, (0x3B, 0x1A))),
    Showing(labelled=False),
)
CLEANER, CLEANS = "CLN001L8", 17
RESERVED = 3
GEOMETRY = Geometry.of(slots=4, mail=2, drives=2)
PLACES = {
    "drive": GEOMETRY.ranges[DRIVE][1],
    "picker": GEOMETRY.ranges[PICKER][0],
    "mail slot": GEOMETRY.ranges[MAIL][1],
    "slot": GEOMETRY.ranges[SLOT][3],
    "its own slot": GEOMETRY.ranges[SLOT][RESERVED - 1],
}
HOME = PLACES["its own slot"]
# The label that the store knows; whether the library tells sources, and media; of so many ways
# one is tried.
KNOWN = {
    "with a label": (CLEANER, True, 1),
    "with a label, without a source": (CLEANER, False, 3),
    "without a label": (None, True, 3),
    "without a label or a source": (None, False, 3),
}


def a_library(label: str | None, place: int | None, *, sources: bool) -> StandIn:
    """``place``: where the cleaner of slot 3 truly is; None: out of the library."""
    library = StandIn("RELEASE", GEOMETRY, knows_sources=sources, tells_media=sources)
    library.at[GEOMETRY.ranges[SLOT][0]] = Cartridge(1, "A00001L8")
    if place is not None:
        library.at[place] = Cartridge(2, label, is_cleaner=True, home=HOME)
    return library


def known_cleaner(host: Host, label: str | None) -> Path:
    """A store that knows the cleaner of slot 3."""
    host.attach(a_library(label, None, sources=True))
    with host.store() as store:
        store.remember_library(
            host.id, vendor="TEST", product="TOLD", revision="1", serial="RELEASE", device=None
        )
        reserving = store.begin_operation(host.id, "reserve")
        store.reserve(reserving.id, slot_address=HOME)
        bring_in(store, host.id, volume_tag=label, cleans_left=CLEANS)
    return host.kept("cleaner")


def ways() -> Iterator[tuple[int | None, int, Showing]]:
    """Where the cleaner truly is, and which element is shown how, full or not."""
    for place, showing, full in product(PLACES.values(), SHOWINGS, (None, False)):
        yield place, place, replace(showing, full=full)
    for place, showing in product(PLACES.values(), SHOWINGS):
        yield None, place, showing


@pytest.mark.parametrize("known", KNOWN)
def test_release_is_granted_only_where_the_cleaner_is_accounted_for(host: Host, known: str) -> None:
    label, sources, step = KNOWN[known]
    state = known_cleaner(host, label)
    wrong: list[str] = []
    for place, shown, showing in spread(islice(ways(), 0, None, step), one_in=9):
        library = a_library(label, place, sources=sources)
        library.shown[shown] = showing
        host.attach(library, state=state)
        refusal = host.refusal(release)
        wrong.extend(_wrong_release(host, refusal, label, place))
    assert not wrong, "\n".join(wrong)


def _wrong_release(
    host: Host, refusal: ChangerError | None, label: str | None, place: int | None
) -> list[str]:
    library = host.library
    FIGURES.count(Figure.RELEASES_REFUSED if refusal else Figure.RELEASES_GRANTED)
    with host.store() as store:
        reservation, cleaner = primary_reservation(store, host.id), primary_cleaner(store, host.id)
    kept = None if reservation is None else reservation.slot_address
    FIGURES.reservation(expected=HOME if refusal else None, found=kept)
    FIGURES.uses(
        expected=CLEANS if refusal else None, counted=cleaner.cleans_left if cleaner else None
    )
    known = is_accounted_for(library, label, home=HOME)
    told = {at: library.told(at) for at in library.shown}
    if refusal is None and not known:
        return [f"granted: the cleaner is at {place}; told: {told}"]
    if refusal and known and place is None and set(library.shown.values()) == {PLAIN}:
        return [f"refused: all is told; {told}; {refusal.message}"]
    return []


def test_slot_is_reserved_only_where_it_is_plainly_free(host: Host) -> None:
    wrong: list[str] = []
    for place, showing in spread(product((None, *PLACES.values()), SHOWINGS), one_in=9):
        library = a_library(CLEANER, place, sources=True)
        library.shown[HOME] = showing
        host.attach(library)
        refusal = host.refusal(lambda it: reserve(it, parse_place(str(RESERVED))))
        is_out = place is not None and GEOMETRY.kind(place) in (DRIVE, PICKER)
        if (refusal is None) is not (is_free(library, HOME) and not is_out):
            wrong.append(f"{refusal}; the cleaner is at {place}; told: {library.told(HOME)}")
    assert not wrong, "\n".join(wrong)


def test_killed_eject_is_settled_as_done_only_where_the_cleaner_is_plainly_gone(host: Host) -> None:
    known_cleaner(host, CLEANER)
    with host.store() as store:
        ejecting = store.begin_operation(host.id, "eject")
        store.describe_operation(ejecting.id, slot_address=HOME, volume_tag=CLEANER)
    host.processes_die()
    state = host.kept("killed")
    wrong: list[str] = []
    for place, shown, showing in spread(islice(ways(), 0, None, 3), one_in=9):
        library = a_library(CLEANER, place, sources=True)
        library.shown[shown] = showing
        host.attach(library, state=state)
        host.refusal(recover)
        with host.store() as store:
            forgotten = primary_cleaner(store, host.id) is None
        if forgotten and not is_plainly_gone(library, CLEANER, home=HOME):
            told = {at: library.told(at) for at in library.shown}
            wrong.append(f"forgotten: the cleaner is at {place}; told: {told}")
    assert not wrong, "\n".join(wrong)


def test_killed_insert_is_settled_as_done_only_where_the_slot_shows_its_cleaner(host: Host) -> None:
    host.attach(a_library(CLEANER, None, sources=True))
    with host.store() as store:
        store.remember_library(
            host.id, vendor="TEST", product="TOLD", revision="1", serial="RELEASE", device=None
        )
        reserving = store.begin_operation(host.id, "reserve")
        store.reserve(reserving.id, slot_address=HOME)
        inserting = store.begin_operation(host.id, "insert")
        store.describe_operation(
            inserting.id, slot_address=HOME, volume_tag=CLEANER, cleans_left=CLEANS
        )
        move = store.begin_move(
            host.id,
            kind="move",
            source_address=PLACES["mail slot"],
            destination_address=HOME,
            volume_tag=CLEANER,
            operation_id=inserting.id,
        )
        store.finish_move(move.id, outcome="completed")
    host.processes_die()
    state = host.kept("killed")
    wrong: list[str] = []
    for place, showing in product((HOME, None), SHOWINGS):
        library = a_library(CLEANER, place, sources=True)
        library.shown[HOME] = showing
        host.attach(library, state=state)
        host.refusal(recover)
        with host.store() as store:
            cleaner = primary_cleaner(store, host.id)
        told = library.told(HOME)
        shows = is_seen(told, CLEANER, home=HOME)
        if cleaner is not None and (not shows or cleaner.cleans_left != CLEANS):
            wrong.append(f"on record: {cleaner}; told: {told}")
        if cleaner is None and showing == PLAIN and place == HOME:
            wrong.append("not on record, though all is told")
    assert not wrong, "\n".join(wrong)
