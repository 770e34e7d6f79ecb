"""A label that stands twice means no cartridge, wherever the two are and however they are shown."""

from __future__ import annotations

from itertools import product

import pytest
from figures import FIGURES, Figure

from .descriptors import DRIVE, MAIL, PICKER, SLOT
from .host import Host
from .ledger import Ledger, Line
from .shown import Showing
from .stand_in import Cartridge, Geometry, StandIn

LABEL = "A00001L8"
GEOMETRY = Geometry.of(slots=4, mail=2, drives=3, pickers=2)
FREE_DRIVE, FREE_SLOT = GEOMETRY.ranges[DRIVE][0], GEOMETRY.ranges[SLOT][0]
PLACES = tuple(GEOMETRY.ranges[kind][-1] for kind in (SLOT, MAIL, DRIVE, PICKER))
SHOWINGS = (
    Showing(),
    Showing(listed=False),
    Showing(access=False),
    Showing(disabled=True),
    Showing(code=(0x53, 0x08)),
    Showing(code=(0x91, 0x07)),
    Showing(labelled=False),
)
LINES = (
    Line(("load", LABEL, GEOMETRY.place(FREE_DRIVE)), frozenset(GEOMETRY.ranges[DRIVE])),
    Line(("move", LABEL, GEOMETRY.place(FREE_SLOT)), frozenset(GEOMETRY.ranges[DRIVE])),
)


@pytest.mark.parametrize("single_query", [False, True], ids=["types", "single query"])
def test_label_that_stands_twice_moves_neither_cartridge(host: Host, *, single_query: bool) -> None:
    wrong: list[str] = []
    for first, second, showing in product(PLACES, PLACES, SHOWINGS):
        if first == second:
            continue
        library = StandIn("TWINS", GEOMETRY)
        library.at = {first: Cartridge(1, LABEL), second: Cartridge(2, LABEL)}
        library.shown[second] = showing
        bearing = [at for at in (first, second) if (told := library.told(at)) and told.label]
        host.attach(library, f"single_query = {str(single_query).lower()}")
        FIGURES.count(Figure.LIBRARIES)
        ledger = Ledger(host)
        line = LINES[(first + second) % 2]
        answer = ledger.run(line)
        moved = [each.source for each in library.motions]
        if (len(bearing) > 1 and (moved or not answer.status)) or moved not in ([], [first]):
            wrong.append(f"{line.words}: {bearing}, {library.shown}: {answer} {moved}")
        if bearing == [first] and PICKER not in map(GEOMETRY.kind, (first, second)) and not moved:
            wrong.append(f"{line.words}: not moved: {library.shown}: {answer}")
        wrong.extend(ledger.wrong)
    assert not wrong, "\n".join(wrong)
