"""Report on every drive of a library: its device, its state, and what it asks for.

A drive that another program of this host has open, or that a cleaning has claimed, is not asked:
any command but INQUIRY may take away a unit attention that the program has to see, and reading
TapeAlert clears the flags that it looks for.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

from changer.drives.cleaning_requests import note_request
from changer.drives.drive import KnownDrive, TapeDrive, keep_flags, open_drive
from changer.drives.drive_state import DriveState, StateFound, state_by_drive, state_by_library
from changer.drives.drive_use import TapeUse, Use
from changer.drives.matching import Match, OtherDevice, match_drives
from changer.errors import ChangerError, MalformedData
from changer.host import interrupts
from changer.host.device_use import User
from changer.library.claims import Claims
from changer.library.drive_conditions import is_shown_requesting, request_on_record
from changer.library.element_state import ElementCondition, find_condition
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.library.reserved_slots import ReservedSlots
from changer.smc.drive_models import was_done
from changer.smc.elements import Element
from changer.store.records import CleaningRequest
from changer.values import NamedTuple, dataclass

FindHome = Callable[[Element], int | None]

_STATES_IN_USE = {"reading": DriveState.READING, "writing": DriveState.WRITING}


@dataclass(frozen=True, slots=True)
class DriveReport:
    """One drive. ``full``, ``present``: None where the library does not report it.

    home           element address that its cartridge came from, or None.
    state, reason  in words; ``used_by``: the other programs that have its device open.
    asked          it was asked now; else ``why_not_asked``.
    request        by what it reports now and reported before, and by what the library shows.
    alerts         TapeAlert flags on record since its last cleaning; ``new_alerts``: those of them
                   that it reported now.
    cleaned_at     seconds since the epoch, None without a cleaning on record.
    """

    number: int
    address: int
    match: Match
    present: bool | None
    full: bool | None
    volume_tag: str | None
    cleaner: bool
    home: int | None
    state: DriveState
    reason: str
    used_by: tuple[User, ...]
    asked: bool
    why_not_asked: str | None
    request: CleaningRequest | None
    alerts: frozenset[int]
    new_alerts: frozenset[int]
    cleaned_at: float | None
    cleanings: int

    @property
    def vendor(self) -> str | None:
        """As the library reports it, or else the host."""
        return self.match.vendor

    @property
    def product(self) -> str | None:
        """As the library reports it, or else the host."""
        return self.match.product


@dataclass(frozen=True, slots=True)
class DrivesReport:
    """Drives of a library in order of their numbers, and other tape drives of this host."""

    drives: tuple[DriveReport, ...]
    others: tuple[OtherDevice, ...]


class _Answer(NamedTuple):
    """What a drive reported: its state, its request, and TapeAlert flags; or why it did not."""

    found: StateFound | None = None
    told: tuple[CleaningRequest | None, frozenset[int]] | None = None
    why_not: str | None = None


def report_drives(
    library: Library, inventory: Inventory, *, find_home: Callable[[Element], int | None]
) -> DrivesReport:
    """Ask library, host and drives. Holds no lock. ``inventory``: has all drives.

    ``find_home``: a full drive to the address of the element that its cartridge came from, or None.
    """
    matches = match_drives(library, inventory)
    use = TapeUse()
    for match in matches.drives.values():
        use.watch(match.paths)
    reporter = _Reporter(library, inventory, use, find_home)
    drives = tuple(reporter.report(address, match) for address, match in matches.drives.items())
    return DrivesReport(drives, matches.others)


class _Reporter:
    """What all drives of one reading have in common."""

    def __init__(
        self, library: Library, inventory: Inventory, use: TapeUse, find_home: FindHome
    ) -> None:
        self._library = library
        self._inventory = inventory
        self._use = use
        self._find_home = find_home
        self._reserved = ReservedSlots.for_(library)
        self._claims = Claims.for_(library)

    def report(self, address: int, match: Match) -> DriveReport:
        """Report on the drive at an address."""
        element = self._inventory.at(address)
        condition = find_condition(element, address=address)
        number = self._inventory.numbering.number_of(address)
        is_full = element is not None and element.full
        known = KnownDrive(number, address, match.identity)
        use, answer = self._ask(known, match, condition)
        shown = is_shown_requesting(element)
        record = note_request(self._library, known, answer.told, shown=shown)
        found = self._state(condition, use, answer)
        return DriveReport(
            number=number,
            address=address,
            match=match,
            present=condition.present,
            full=condition.full,
            volume_tag=element.tag if element else None,
            cleaner=element is not None and is_full and self._reserved.is_cleaner(element),
            home=self._find_home(element) if element is not None and is_full else None,
            state=found.state,
            reason=found.reason,
            used_by=use.users,
            asked=answer.why_not is None,
            why_not_asked=answer.why_not,
            request=request_on_record(record),
            alerts=record.tape_alerts if record else frozenset(),
            new_alerts=answer.told[1] if answer.told else frozenset(),
            cleaned_at=record.cleaned_at if record else None,
            cleanings=record.cleanings if record else 0,
        )

    def _state(self, condition: ElementCondition, use: Use, answer: _Answer) -> StateFound:
        if answer.found is not None:
            return answer.found
        if use.users or use.activity is not None:
            state = _STATES_IN_USE.get(use.activity or "", DriveState.IN_USE)
            return StateFound(state, use.why_not_ask or "")
        return state_by_library(condition, answer.why_not or "")

    def _ask(
        self, known: KnownDrive, match: Match, condition: ElementCondition
    ) -> tuple[Use, _Answer]:
        if known.address in self._claims:
            why_not = "changer is cleaning it"
            return Use(), _Answer(StateFound(DriveState.CLEANING), why_not=why_not)
        if condition.present is False and not condition.full:
            return Use(), _Answer(why_not=condition.reason)
        if match.device is None:
            return Use(), _Answer(why_not=match.reason)
        use = self._use.of(match.paths)
        if use.why_not_ask is not None:
            return use, _Answer(why_not=use.why_not_ask)
        self._library.context.progress(f"asking drive {known.number}")
        try:
            with closing(open_drive(self._library, known)) as drive:
                drive.known_product = drive.known_product or match.product
                return use, self._ask_drive(drive, condition)
        except ChangerError as error:
            return use, _Answer(why_not=error.message)

    def _ask_drive(self, drive: TapeDrive, condition: ElementCondition) -> _Answer:
        """Its state, then what it asks for; flags are read only where they can be kept."""
        try:
            sense = drive.readiness()
        except MalformedData as busy:
            return _Answer(StateFound(DriveState.BUSY), why_not=busy.message)
        asks = drive.asks_by_sense
        if sense is not None and was_done(drive.known_product, sense):
            sense = None
        status = drive.status()
        found = state_by_drive(condition, sense, status)
        if not self._keeps(drive):
            return _Answer(found, why_not="the state store can't keep what it reports")
        with interrupts.held():
            flags = drive.tape_alerts()
            if flags:
                keep_flags(self._library, drive, flags)
            told = drive.cleaning_request(flags_before=flags)
        if asks and (told is None or told[0] is None):
            told = "requested", frozenset() if told is None else told[1]
        return _Answer(found, None if told is None else (told[0], told[1] | flags))

    def _keeps(self, drive: TapeDrive) -> bool:
        """Whether the store can be written to; found out by writing what it has already."""
        try:
            keep_flags(self._library, drive, frozenset())
        except ChangerError:
            return False
        return self._library.store.keeps()
