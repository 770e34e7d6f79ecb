"""Each row about a trait is said of its libraries, and of no others; none is idle."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from changer.library import known_model
from changer.library.known_model import known_habits
from changer.library.model import Identity
from changer.smc.atlas.traits import TRAITS, Trait

TABLE = Path(__file__).parents[2] / "data" / "trait_cases.txt"
SLUGS = {each.slug for each in Trait}

Case = tuple[Identity, str]


def read_cases() -> Iterator[Case]:
    for line in TABLE.read_text().splitlines():
        if not line.startswith("#"):
            inquiry, expected = (each.strip() for each in line.split("|"))
            vendor, _, product = inquiry.partition(":")
            yield Identity(vendor, product, "1.0", "S1"), expected


CASES = tuple(read_cases())


def said(identity: Identity) -> str:
    """The traits that are said of a library, with what follows from each."""
    told = [each for each in known_habits(identity) if each.name in SLUGS]
    assert all(each.words and each.evidence for each in told)
    return ", ".join(each.name for each in told)


@pytest.mark.parametrize(("identity", "expected"), CASES, ids=[each.id for each, _ in CASES])
def test_traits_are_said_of_their_library(identity: Identity, expected: str) -> None:
    assert said(identity) == expected


def test_no_row_is_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    idle = []
    for row in TRAITS:
        left = tuple(each for each in TRAITS if each is not row)
        monkeypatch.setattr(known_model, "TRAITS", left)
        if all(said(identity) == expected for identity, expected in CASES):
            idle.append(row)
    assert idle == []


def test_every_trait_is_that_of_a_library() -> None:
    assert {row.trait for row in TRAITS} == {*Trait}
