"""Settings of one library, as values."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from changer.library.element_state import CLEANER_PREFIXES
from changer.smc.elements import AdditionalSense
from changer.values import NamedTuple

if TYPE_CHECKING:
    from changer.library.owner_address import OwnerAddress
    from changer.smc.atlas.media import MediaFamily

CleaningOnTheWay = Literal["off", "after-unload", "idle"]
NodeTransport = Literal["sg_raw", "sg_io"]
AutoClean = Literal["unknown", "library", "host"]
CleanerChoice = Literal["fewest-left", "least-recent", "slot"]
SpentAction = Literal["keep", "eject", "move"]


class SpentCleaners(NamedTuple):
    """What becomes of a spent cleaner: it stays, is ejected, or is moved to one of ``slots``.

    ``slots``: numbers of slots, as a person counts them; empty unless it is moved.
    """

    action: SpentAction = "keep"
    slots: range = range(0)

    def __str__(self) -> str:
        if self.action != "move":
            return self.action
        first, last = self.slots[0], self.slots[-1]
        return f"move:{first}" if first == last else f"move:{first}-{last}"


class LibrarySettings(NamedTuple):
    """One library's table: ``[library."VENDOR_PRODUCT_SERIAL"]``.

    alias                     another name, by which commands and programs may name it; None: it has
                              none.
    enabled                   False refuses every command that acts.
    manager                   the host that owns the library: every command about it runs there;
                              None: this one.
    transport                 what carries commands to the nodes of the library and of its drives.
    single_query              the library answers element type 0 completely.
    access_reported           False for a library that moves although ACCESS=0 everywhere.
    answers_at_rest           the library answers READ ELEMENT STATUS only while its robot stands
                              still.
    informational_codes       additional sense codes that say nothing of what an element holds
                              (``83/03``), which its exceptions are otherwise taken to put in doubt.
    move_timeout_seconds      how long a move may take; for so long, one whose end was not seen may
                              still be under way.
    operator_timeout_seconds  how long to wait for a person.
    cleaning_timeout_seconds  how long a drive may clean.
    cleans_left_warning       this many or fewer are worth a warning.
    cleaner_prefixes          beginnings of cleaning cartridges' bar codes.
    fence                     the library is reserved for the host that uses it, as long as it does,
                              among hosts that share it.
    export_slots              numbers of slots that people reach from outside, in a library without
                              mail slots: they act as such.

    For cleaning:
    auto_clean                whether the library cleans its drives itself, as far as known.
    cleaner_choice            which of the usable cleaners is taken first.
    use_overdue               a cleaner whose count says that none is left is used all the same,
                              where no other can be.
    spent                     what becomes of a cleaner that a drive found to be used up.
    cleans                    cleanings of a new cartridge, by family or by pattern of its label.
    cleaner_family            the family of cleaners, by pattern of their labels.
    cleaning_pause_seconds    no second cleaning of a drive by itself before that; 0 for no limit.
    cleanings_per_week        how often a drive is cleaned by itself in 7 days; 0 for no limit.
    cleaning_retry_seconds    after a cleaning that did not help, none by itself for so long.
    cleaner_kept_days         how long a cleaner that was taken out is remembered, with its count.
    history_kept_days         how long moves and operations are kept, but for those that are needed;
                              0: for ever.

    For backup software:
    changer_wait_seconds      how long it waits before it kills its changer command (Maximum
                              Changer Wait).
    cleaners_listed           whether it is shown cleaning cartridges.
    cleaners_loadable         whether it may load them into drives, as if they were data.
    cleaning_on_the_way       what a cleaning request leads to after an unload: nothing, cleaning
                              at once, or a note for ``changer clean --needed``.
    """

    alias: str | None = None
    enabled: bool = True
    manager: OwnerAddress | None = None
    transport: NodeTransport = "sg_raw"
    single_query: bool = False
    access_reported: bool = True
    answers_at_rest: bool = False
    informational_codes: frozenset[AdditionalSense] = frozenset()
    move_timeout_seconds: float = 900.0
    ready_timeout_seconds: float = 600.0
    inventory_timeout_seconds: float = 3600.0
    operator_timeout_seconds: float = 600.0
    cleaning_timeout_seconds: float = 600.0
    cleans_left_warning: int = 3
    cleaner_prefixes: tuple[str, ...] = CLEANER_PREFIXES
    fence: bool = False
    export_slots: range = range(0)
    auto_clean: AutoClean = "unknown"
    cleaner_choice: CleanerChoice = "fewest-left"
    use_overdue: bool = False
    spent: SpentCleaners = SpentCleaners()
    cleans: Mapping[str, int] = MappingProxyType({})
    cleaner_family: Mapping[str, MediaFamily] = MappingProxyType({})
    cleaning_pause_seconds: float = 43200.0
    cleanings_per_week: int = 4
    cleaning_retry_seconds: float = 3600.0
    cleaner_kept_days: int = 1826
    history_kept_days: int = 0
    changer_wait_seconds: float = 300.0
    cleaners_listed: bool = True
    cleaners_loadable: bool = False
    cleaning_on_the_way: CleaningOnTheWay = "off"
