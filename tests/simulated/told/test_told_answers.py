"""Every program says the same of each element, however it is shown, and never more than is told."""

from __future__ import annotations

from itertools import product

import pytest
from figures import FIGURES, Figure
from sweeps import spread

from .answers import Voices
from .descriptors import DRIVE, MAIL, PICKER, SLOT
from .host import Host
from .shown import CODES, Showing
from .stand_in import Cartridge, Geometry, StandIn

pytestmark = pytest.mark.sweep

SHOWINGS = (
    Showing(listed=False),
    *(Showing(access=access, code=code) for access, code in product((True, False), CODES)),
    *(Showing(disabled=True, code=code) for code in CODES[:4]),
    Showing(labelled=False),
)
CASES = tuple(product(SHOWINGS, (False, True)))
PICKERS = tuple((each, is_full) for each, is_full in CASES if each.access)


def a_library(serial: str = "ENUMERATED") -> StandIn:
    """A slot, mail slot and drive for each way of showing, full and empty; slot 1 is plainly full,
    and slot 2 plainly free.
    """
    number = len(CASES)
    library = StandIn(serial, Geometry.of(slots=number + 2, mail=number, drives=number))
    ranges = library.geometry.ranges
    library.at[ranges[SLOT][0]] = Cartridge(1, "A00001L8", home=ranges[SLOT][0])
    for kind in (SLOT, MAIL, DRIVE):
        for (showing, is_full), address in zip(CASES, ranges[kind][-number:], strict=True):
            library.shown[address] = showing
            if is_full:
                home = address if kind == SLOT else None
                label = f"{'PSID'[kind - 1]}{address:05}L8"
                library.at[address] = Cartridge(address, label, home=home)
    return library


WAYS = {
    "all that can be told": {},
    "no labels": {"reads_labels": False},
    "no sources": {"knows_sources": False, "tells_media": False},
}


@pytest.mark.rows(one_in=3)
@pytest.mark.parametrize("single_query", [False, True], ids=["types", "single query"])
@pytest.mark.parametrize("way", WAYS)
def test_answers_agree_of_every_element_however_it_is_shown(
    host: Host, way: str, *, single_query: bool
) -> None:
    library = a_library()
    for name, value in WAYS[way].items():
        setattr(library, name, value)
    host.attach(library, f"single_query = {str(single_query).lower()}")
    voices = Voices(host)
    voices.listen()
    if way == "all that can be told" and not single_query:
        ranges = library.geometry.ranges
        addresses = (*ranges[SLOT][2::3], *ranges[MAIL][::5], *ranges[DRIVE])
        for address in spread(addresses, one_in=4):
            voices.ask_planner(address, full_slot=ranges[SLOT][0], free_slot=ranges[SLOT][1])
    FIGURES.count(Figure.LIBRARIES)
    wrong = voices.judge()
    assert not wrong, "\n".join(wrong)


MAKERS = (
    *(("EXABYTE", "Magnum 224"), ("ADIC", "Scalar i500"), ("IBM", "3573-TL")),
    *(("IBM", "03584L32"), ("HP", "ESL9000"), ("SPECTRA", "215")),
)


@pytest.mark.rows(one_in=3)
@pytest.mark.parametrize("maker", MAKERS, ids=" ".join)
def test_answers_agree_of_the_codes_of_every_maker(host: Host, maker: tuple[str, str]) -> None:
    library = a_library()
    library.maker = maker
    host.attach(library)
    voices = Voices(host)
    voices.listen()
    FIGURES.count(Figure.LIBRARIES)
    wrong = voices.judge()
    assert not wrong, "\n".join(wrong)


def test_picker_is_shown_as_it_is_told(host: Host) -> None:
    for number, (showing, is_full) in enumerate(PICKERS):
        library = StandIn("PICKER", Geometry.of(slots=2, mail=1, drives=1))
        (picker,) = library.geometry.ranges[PICKER]
        library.shown[picker] = showing
        if is_full:
            library.at[picker] = Cartridge(1, "A00001L8", home=library.geometry.ranges[SLOT][0])
        host.attach(library, f"single_query = {('false', 'true')[number // 2 % 2]}")
        voices = Voices(host)
        voices.listen()
        FIGURES.count(Figure.LIBRARIES)
        wrong = voices.judge()
        assert not wrong, "\n".join(wrong)
