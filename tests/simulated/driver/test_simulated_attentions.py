"""What a unit attention makes stale is dropped, and nothing else is asked anew."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from changer.library.drive_map import drive_identities
from changer.library.element_reader import VOLUME_TAGS

from .shared_library import shared
from .virtual_library import VirtualLibrary

FEATURE = f"{VOLUME_TAGS}-2"


class Kept(NamedTuple):
    """What is left of what was known, and whether another look at the identity is due."""

    drives: bool
    capabilities: bool
    identity: bool


ALL, NONE = Kept(True, True, True), Kept(False, False, False)
CONTENTS = Kept(False, False, True)
PARAMETERS = Kept(True, False, True)


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("attention", "left"),
    [
        ("28/00", CONTENTS),
        ("28/01", CONTENTS),
        ("3B/12", CONTENTS),
        ("29/00", CONTENTS),
        ("2A/01", PARAMETERS),
        ("3F/01", NONE),
        ("3F/03", NONE),
        ("2A/03", ALL),
        ("5A/01", ALL),
        ("0B/01", ALL),
    ],
)
def test_attention_drops_what_it_makes_stale(
    demo: VirtualLibrary, attention: str, left: Kept
) -> None:
    with shared(demo, None) as (library, there, sent):
        inventory = library.read()
        drive_identities(library, inventory)
        library.memory.learn_refusal(FEATURE)
        demo.fault(f"unit-attention {attention}")
        sent.clear()
        library.reader.assignment()
        drives = bool(library.store.drives(library.id))
        capabilities = library.memory.lacks(FEATURE)
        library.ensure_identity()
        is_asked = b"\x12\0" in {each[:2] for each in sent}
        assert Kept(drives, capabilities, not is_asked) == left
        assert there.changes == ([] if left.capabilities else [demo.id])
    assert demo.warnings == (
        ["someone asks for a cartridge at the library's panel"] if attention == "5A/01" else []
    )


def test_one_who_asks_at_the_panel_again_and_again_is_told_of_once(demo: VirtualLibrary) -> None:
    with demo.open() as library:
        for _ in range(3):
            demo.fault("unit-attention 5A/01")
            library.read()
    assert demo.warnings == ["someone asks for a cartridge at the library's panel"]
