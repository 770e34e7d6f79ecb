"""What an import says at its end of the cartridges that came in, and of those that did not."""

from __future__ import annotations

import pytest

from changer.errors import (
    ChangerError,
    DeviceFailed,
    ImportIncomplete,
    OperationStopped,
    OperatorTimeout,
)
from changer.library.addressing import Place, PlaceKind
from changer.moves.imported import Imported, ImportedCartridge, final_state

MAIL, SLOT = Place(PlaceKind.MAIL, 1), Place(PlaceKind.SLOT, 9)
CAME = ImportedCartridge("A00001L8", MAIL, SLOT, None)
STAYED = ImportedCartridge("A00002L8", MAIL, None, "no slot is free")
LEFT_ALONE = ImportedCartridge("CLN001L8", MAIL, None, "a cleaner", is_left_alone=True)
LATE, STUCK = OperatorTimeout("nobody came"), DeviceFailed("the robot is stuck")
STOPPED = OperationStopped("stopped")
DONE, NOT_DONE = ("completed", "ERROR_SUCCESS"), ("failed", "ERROR_CANCELLED")
FAILED = ("failed", "ERROR_DEVICE_NOT_AVAILABLE")
# The cartridges, and what ended the import; what is raised, and what is on record.
ENDS: list[
    tuple[
        tuple[ImportedCartridge, ...],
        ChangerError | None,
        tuple[type[ChangerError], str] | None,
        tuple[str, str],
    ]
] = [
    ((), None, None, DONE),
    ((CAME, LEFT_ALONE, CAME), None, None, DONE),
    ((CAME, STAYED), None, (ImportIncomplete, "1 imported, 1 not"), NOT_DONE),
    ((LEFT_ALONE, STAYED), None, (ImportIncomplete, "0 imported, 1 not"), NOT_DONE),
    ((CAME,), LATE, (ImportIncomplete, "1 imported, 0 not: nobody came"), NOT_DONE),
    ((), STOPPED, (OperationStopped, "stopped"), ("cancelled", "ERROR_CANCELLED")),
    (
        (CAME,),
        STUCK,
        (DeviceFailed, "the robot is stuck"),
        ("failed", "ERROR_DEVICE_NOT_AVAILABLE"),
    ),
]


@pytest.mark.parametrize(("cartridges", "error", "raised", "recorded"), ENDS)
def test_how_an_import_ends(
    cartridges: tuple[ImportedCartridge, ...],
    error: ChangerError | None,
    raised: tuple[type[ChangerError], str] | None,
    recorded: tuple[str, str],
) -> None:
    imported = Imported(cartridges, "the operation", error)
    assert imported.in_slots == tuple(each for each in cartridges if each is CAME)
    assert imported.not_in == tuple(each for each in cartridges if each is STAYED)
    assert imported.is_complete is (raised is None)
    state, result = final_state(imported)
    assert (state, result.name) == recorded
    if raised is None:
        imported.require_all_in()
        return
    with pytest.raises(ChangerError) as caught:
        imported.require_all_in()
    assert (type(caught.value), caught.value.message) == raised
    if raised[0] is ImportIncomplete:
        assert caught.value.hint == "run changer import again for what is in the mail slots"
        assert caught.value.__cause__ is error
