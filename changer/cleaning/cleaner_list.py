"""The cleaning cartridges of a library for programs: slots and drives by their numbers."""

from __future__ import annotations

from changer.cleaning.read_stock import read_stock
from changer.cleaning.stock import State, StockedCleaner
from changer.library.addressing import Numbering, Place
from changer.library.library import Library
from changer.values import dataclass


@dataclass(frozen=True, slots=True)
class CleaningCartridge:
    """A cleaning cartridge that the library shows, or that is on record.

    volume_tag    None: it has no label.
    family        of the drives that it fits, such as "lto"; None: not known.
    state         "usable", "low", "overdue", "spent", "rejected", "cleaning", "out", "missing",
                  "not-inserted", "duplicate", "not-present", "unknown", "foreign", "managed" or
                  "away", as changer(1) explains them.
    reason        of the state, in words; None where the state says it all.
    slot          number of its reserved slot; None: it has none.
    place         where the library shows it; None: nowhere.
    drive         number of the drive that is being cleaned with it.
    cleans_left, uses  None: not known, and not on record.
    last_used_at, left_at  seconds since the epoch; None: never, or not known.
    """

    volume_tag: str | None
    family: str | None
    state: State
    reason: str | None
    slot: int | None
    place: Place | None
    drive: int | None
    cleans_left: int | None
    uses: int | None
    last_used_at: float | None
    left_at: float | None


def list_cleaners(library: Library) -> tuple[CleaningCartridge, ...]:
    """Read the library. Those of reserved slots come first, then others, then those that are away.

    No drive is asked.
    """
    inventory = library.read()
    stock = read_stock(library, inventory, ())
    return tuple(cleaning_cartridge(each, inventory.numbering) for each in stock.cleaners)


def cleaning_cartridge(cleaner: StockedCleaner, numbering: Numbering) -> CleaningCartridge:
    """The same in numbers of slots and drives."""
    home, lies, drive = cleaner.home, cleaner.address, cleaner.drive
    return CleaningCartridge(
        volume_tag=cleaner.label,
        family=cleaner.family,
        state=cleaner.state,
        reason=cleaner.reason,
        slot=None if home is None else numbering.number_of(home),
        place=None if lies is None else numbering.place_of(lies),
        drive=None if drive is None else numbering.number_of(drive),
        cleans_left=cleaner.cleans_left,
        uses=cleaner.uses,
        last_used_at=cleaner.last_used_at,
        left_at=cleaner.left_at,
    )
