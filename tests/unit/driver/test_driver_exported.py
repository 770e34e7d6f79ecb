"""What a reading says of cartridges on their way out, and what an export says at its end."""

from __future__ import annotations

import pytest
from driver_support import assignment, said

from changer.errors import (
    ChangerError,
    DeviceFailed,
    ExportIncomplete,
    MailSlotsFull,
    OperationStopped,
    OperatorTimeout,
)
from changer.library.addressing import Numbering, Place, PlaceKind
from changer.library.inventory import Inventory
from changer.library.mail_slots import MailSlots
from changer.moves.exported import (
    Exported,
    ExportedCartridge,
    Leaving,
    State,
    final_state,
    places_of,
)

PAGE = assignment(slots=(1000, 3), drives=(500, 1), mail=(10, 2))
MAIL = MailSlots(Numbering(PAGE), range(10, 12), are_slots=False)
EMPTY = ("picker @1", "drive @500", "mail @10", "mail @11", "@1000", "@1001", "@1002")
TAG = "A00001L8"
TO_MOVE, TO_TAKE, LEFT, STAYS = State


def reading(*shown: str) -> Inventory:
    """All elements, empty but for those that are told."""
    told = [said(each) for each in shown]
    others = [each for each in map(said, EMPTY) if each.address not in {it.address for it in told}]
    return Inventory(PAGE, (*others, *told))


# What it is, the elements that are not empty, what it is then; the mail slot, and why it stays.
JUDGED: dict[str, tuple[Leaving, tuple[str, ...], tuple[State, int | None, str | None]]] = {
    "not moved yet": (Leaving(1, TAG), (f"@1000 full {TAG}",), (TO_MOVE, None, None)),
    "not shown": (Leaving(1, TAG), (), (TO_MOVE, None, None)),
    "lies there already": (Leaving(1, TAG), (f"mail @11 full {TAG}",), (TO_TAKE, 11, None)),
    "one of two lies there": (
        Leaving(1, TAG),
        (f"mail @11 full {TAG}", f"@1000 full {TAG}"),
        (TO_MOVE, None, None),
    ),
    "still there": (Leaving(1, TAG, TO_TAKE, 10), (f"mail @10 full {TAG}",), (TO_TAKE, 10, None)),
    "still there, and its twin": (
        Leaving(1, TAG, TO_TAKE, 11),
        (f"mail @10 full {TAG}", f"mail @11 full {TAG}"),
        (TO_TAKE, 11, None),
    ),
    "in the other mail slot": (
        Leaving(1, TAG, TO_TAKE, 10, "in doubt"),
        (f"mail @11 full {TAG}",),
        (TO_TAKE, 11, None),
    ),
    "put back": (
        Leaving(1, TAG, TO_TAKE, 10),
        (f"@1001 full {TAG}", f"@1002 full {TAG}"),
        (STAYS, 10, "it was put back, and is in slot 2 and slot 3"),
    ),
    "taken": (Leaving(1, TAG, TO_TAKE, 10, "in doubt"), (), (LEFT, 10, None)),
    "taken, and another is there": (
        Leaving(1, TAG, TO_TAKE, 10),
        ("mail @10 full B00001L8",),
        (TO_TAKE, 10, "mail slot 1 holds B00001L8 now, and was not seen empty"),
    ),
    "mail slot open": (
        Leaving(1, TAG, TO_TAKE, 10),
        ("mail @10 access=0",),
        (TO_TAKE, 10, "can't tell whether mail slot 1 is empty: it is not accessible (ACCESS=0)"),
    ),
    "perhaps in a drive": (
        Leaving(1, TAG, TO_TAKE, 10),
        ("drive @500 full",),
        (TO_TAKE, 10, "it may be in drive 0, which shows no label"),
    ),
    "perhaps in a drive, from there": (
        Leaving(1, TAG, TO_TAKE, 10),
        ("drive @500 full from=10",),
        (TO_TAKE, 10, "it may be in drive 0, which shows no label"),
    ),
    "in a drive is one from elsewhere": (
        Leaving(1, TAG, TO_TAKE, 10),
        ("drive @500 full from=1000",),
        (LEFT, 10, None),
    ),
    "in a drive is another": (
        Leaving(1, TAG, TO_TAKE, 10),
        ("drive @500 full B00001L8",),
        (LEFT, 10, None),
    ),
    "in a slot is one without a label": (
        Leaving(1, TAG, TO_TAKE, 10),
        ("@1000 full",),
        (LEFT, 10, None),
    ),
    "out": (Leaving(1, TAG, LEFT, 10), (), (LEFT, 10, None)),
    "back again": (
        Leaving(1, TAG, LEFT, 10),
        (f"mail @11 full {TAG}",),
        (STAYS, 10, "it left, was put back, and is in mail slot 2"),
    ),
    "stays": (Leaving(1, TAG, STAYS, None, "so"), (f"mail @11 full {TAG}",), (STAYS, None, "so")),
}


@pytest.mark.parametrize("name", JUDGED)
def test_what_a_reading_says_of_a_cartridge_on_its_way_out(name: str) -> None:
    leaving, shown, then = JUDGED[name]
    it = Leaving(leaving.position, leaving.tag, leaving.state, leaving.address, leaving.why)
    it.judge(reading(*shown), MAIL)
    assert (it.state, it.address, it.why) == then
    place = None if it.address is None else Place(PlaceKind.MAIL, it.address - 9)
    assert it.result(MAIL) == ExportedCartridge(TAG, it.state is LEFT, place, it.why)


def test_places_are_told_in_the_order_of_the_mail_slots() -> None:
    leaving = [Leaving(1, "B", TO_TAKE, 11), Leaving(2, "C", STAYS), Leaving(3, "A", TO_TAKE, 10)]
    assert places_of(leaving, MAIL) == "A (mail slot 1), B (mail slot 2)"


OUT = ExportedCartridge("A00001L8", True, Place(PlaceKind.MAIL, 1), None)
IN = ExportedCartridge("A00002L8", False, None, "it is in a drive")
LATE = OperatorTimeout("nobody came")
# What became of the cartridges, and what ended the export; what is raised, and what is on record.
ENDS: list[
    tuple[
        tuple[ExportedCartridge, ...],
        ChangerError | None,
        tuple[type[ChangerError], str] | None,
        tuple[str, str],
    ]
] = [
    ((), None, None, ("completed", "ERROR_SUCCESS")),
    ((OUT, OUT), None, None, ("completed", "ERROR_SUCCESS")),
    (
        (OUT, IN),
        None,
        (ExportIncomplete, "1 of 2 cartridges did not leave"),
        ("failed", "ERROR_CANCELLED"),
    ),
    (
        (IN,),
        None,
        (ExportIncomplete, "1 of 1 cartridge did not leave"),
        ("failed", "ERROR_CANCELLED"),
    ),
    (
        (OUT, IN),
        LATE,
        (ExportIncomplete, "1 of 2 cartridges did not leave: nobody came"),
        ("failed", "ERROR_TIMEOUT"),
    ),
    (
        (OUT,),
        LATE,
        (ExportIncomplete, "0 of 1 cartridge did not leave: nobody came"),
        ("failed", "ERROR_TIMEOUT"),
    ),
    (
        (IN, IN),
        MailSlotsFull("no room"),
        (ExportIncomplete, "2 of 2 cartridges did not leave: no room"),
        ("failed", "ERROR_IEPORT_FULL"),
    ),
    (
        (IN,),
        OperationStopped("stopped"),
        (ExportIncomplete, "1 of 1 cartridge did not leave: stopped"),
        ("cancelled", "ERROR_CANCELLED"),
    ),
    (
        (OUT,),
        DeviceFailed("the robot is stuck"),
        (DeviceFailed, "the robot is stuck"),
        ("failed", "ERROR_DEVICE_NOT_AVAILABLE"),
    ),
]


@pytest.mark.parametrize(("cartridges", "error", "raised", "recorded"), ENDS)
def test_how_an_export_ends(
    cartridges: tuple[ExportedCartridge, ...],
    error: ChangerError | None,
    raised: tuple[type[ChangerError], str] | None,
    recorded: tuple[str, str],
) -> None:
    exported = Exported(cartridges, "the operation", error)
    assert exported.left == tuple(each for each in cartridges if each is OUT)
    assert exported.is_complete is (raised is None)
    state, result = final_state(exported)
    assert (state, result.name) == recorded
    if raised is None:
        exported.require_all_left()
        return
    with pytest.raises(ChangerError) as caught:
        exported.require_all_left()
    assert (type(caught.value), caught.value.message) == raised
    if raised[0] is ExportIncomplete:
        assert caught.value.hint == "run the same command again to continue"
        assert caught.value.__cause__ is error
