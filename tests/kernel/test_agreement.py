"""Before and after each move, changer, mtx and bytes read by hand report the same everywhere."""

from typing import Any

import pytest
from mhvtl.by_hand import DRIVE, MAIL, STORAGE, read_by_hand

from .contents import Contents
from .mtx_status import MtxElement, MtxStatus, ReadMtx
from .program import Program

Shown = dict[str, list[tuple[bool, str | None]]]


def by_changer(status: Any) -> Shown:
    return {
        kind: [(element["full"], element["volume_tag"]) for element in status[kind]]
        for kind in ("slots", "mail", "drives")
        if status[kind]
    }


def by_mtx(status: MtxStatus) -> Shown:
    def told(elements: tuple[MtxElement, ...]) -> list[tuple[bool, str | None]]:
        return [(element.full, element.volume_tag) for element in elements]

    groups = {"slots": status.slots, "mail": status.mail, "drives": status.drives}
    return {kind: told(elements) for kind, elements in groups.items() if elements}


def by_hand(device: str, status: Any) -> Shown:
    kinds = {"slots": STORAGE, "mail": MAIL, "drives": DRIVE}
    return {
        name: [
            (element.full, element.volume_tag)
            for element in read_by_hand(device, kind, status[name][0]["address"], len(status[name]))
        ]
        for name, kind in kinds.items()
        if status[name]
    }


@pytest.mark.rows(one_in=2)
def test_three_witnesses_agree_before_and_after_each_move(
    changer: Program, mtx_status: ReadMtx
) -> None:
    full, _, empty = Contents(mtx_status()).two_full_and_one_empty()
    home, free = str(full.number), str(empty.number)
    before = by_mtx(mtx_status())
    mail = "mail:1" if "mail" in before else free
    for words in (
        ("status",),
        ("load", home, "0"),
        ("unload", "0"),
        ("move", home, mail),
        ("load", mail, "0"),
        ("move", "drive:0", mail),
        ("move", mail, home),
        ("move", home, free),
        ("move", free, home),
    ):
        changer.do(*words)
        told, status = by_mtx(mtx_status()), changer.status()
        assert by_changer(status) == told, words
        assert by_hand(changer.device, status) == told, words
    assert by_mtx(mtx_status()) == before
