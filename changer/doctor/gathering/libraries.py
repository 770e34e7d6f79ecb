"""What one library shows of itself, asked by commands that only read, without its lock.

The state store is a copy in memory: nothing of what is seen is recorded. What a unit attention
would have any other command do, it leaves to the next one, and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import TypeVar

from changer.doctor.diagnosis import NotTold
from changer.doctor.facts import CleanerFacts, DriveMatch, LibraryFacts, Problem, ReservationFacts
from changer.doctor.gathering.reading import Exchange, ReadingTransport
from changer.drives.matching import Matches, match_drives
from changer.errors import ChangerError, LibraryElsewhere, MalformedData
from changer.library.auto_clean import is_home_of_cleaner_at_work, is_managed_cleaner
from changer.library.auto_clean_page import sign_by_page
from changer.library.drive_conditions import request_on_record
from changer.library.element_state import find_condition
from changer.library.fence_reach import Probe, probe
from changer.library.inventory import Inventory
from changer.library.known_drives import drive_lines
from changer.library.known_model import code_text, known_codes, known_habits
from changer.library.library import Library
from changer.library.library_settings import LibrarySettings
from changer.library.opening import Request, open_library
from changer.library.reservation import key_words, parse_key, reservation_words
from changer.smc.cdb import test_unit_ready
from changer.smc.inquiry import device_identification, standard_inquiry, unit_serial_number
from changer.smc.sense import UnitAttention, parse_sense
from changer.transport.opening import SIMULATED
from changer.values import NamedTuple, replace

ResultT = TypeVar("ResultT")

_PATIENCE_SECONDS = 5.0
_UNASKED = "the library has to answer first"


class Seen(NamedTuple):
    """What was learned of a library: facts; and for the report the rest.

    ``labels``: that were ever shown; ``settings``: those that are not the defaults; ``models``:
    vendors and products of its drives.
    """

    facts: LibraryFacts
    exchanges: tuple[Exchange, ...] = ()
    inventory: Inventory | None = None
    labels: tuple[str, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    models: tuple[str, ...] = ()


def look_at(request: Request, name: str, *, thoroughly: bool) -> Seen:
    """Ask the library of that name. ``thoroughly``: for a report, what no check needs as well.

    Raises LibraryElsewhere; whatever else goes wrong is in the facts.
    """
    exchanges: list[Exchange] = []
    asking = replace(
        request,
        library=name,
        held=[],
        purpose="examine",
        wait_seconds=0.0,
        warn=lambda _: None,
        wrap=lambda transport, device: ReadingTransport(transport, device, exchanges),
    )
    try:
        library = open_library(asking)
    except LibraryElsewhere:
        raise
    except ChangerError as error:
        problem, sense = Problem.of(error), _sense_words(error)
        facts = _unopened(name, problem, code=error.code, sense=sense)
        return Seen(facts, tuple(exchanges))
    with library:
        look = _Look(library)
        facts = look.facts()
        if thoroughly:
            look.ask_more()
        labels = library.store.labels(library.id)
        settings = tuple(_changed(library.settings))
    return Seen(facts, tuple(exchanges), look.inventory, labels, settings, look.models)


def _changed(settings: LibrarySettings) -> Iterator[tuple[str, str]]:
    """The settings that differ from the defaults, each as text."""
    default = LibrarySettings()
    for name in LibrarySettings._fields:
        value = getattr(settings, name)
        if value != getattr(default, name):
            yield name, str(dict(value) if isinstance(value, Mapping) else value)


class _Look:
    """One look at an open library."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._error: ChangerError | None = None
        self._attentions: list[UnitAttention] = []
        self.models: tuple[str, ...] = ()
        self._known_drives: tuple[str, ...] = ()
        self.inventory: Inventory | None = None
        session = library.session
        session.patience = session.patience._replace(
            ready_timeout_seconds=_PATIENCE_SECONDS, retry_timeout_seconds=_PATIENCE_SECONDS
        )
        session.on_attention = self._attentions.append

    def facts(self) -> LibraryFacts:
        """Ask, one thing after another; what fails leaves the others."""
        library, identity = self._library, self._library.identity
        self._tried(lambda: library.session.send(test_unit_ready()))
        if self._error is None:
            self.inventory = self._tried(library.read)
        drives, strangers = self._drives()
        reservation = self._reservation()
        return LibraryFacts(
            id=library.id,
            device=library.device,
            identity=identity,
            is_enabled=library.settings.enabled,
            is_virtual=library.device.startswith(SIMULATED),
            error=None if self._error is None else Problem.of(self._error),
            error_code="" if self._error is None else self._error.code,
            sense=_sense_words(self._error),
            busy_with=self._busy_with(),
            attentions=tuple(each.name.lower() for each in dict.fromkeys(self._attentions)),
            removal_prevented=library.prevention.is_wanted(library.store),
            move_timeout_seconds=library.settings.move_timeout_seconds,
            changer_wait_seconds=library.settings.changer_wait_seconds,
            habits=known_habits(identity),
            vendor_codes=tuple(map(code_text, known_codes(identity))),
            known_drives=self._known_drives,
            drives=drives,
            strangers=strangers,
            reservation=reservation,
            cleaning=self._cleaning(),
        )

    def ask_more(self) -> None:
        """Pages that only a report shows."""
        library, session = self._library, self._library.session
        asked: tuple[Callable[[], object], ...] = (
            lambda: session.send(standard_inquiry()),
            lambda: session.send(unit_serial_number()),
            lambda: session.send(device_identification()),
            lambda: library.reader.device_capabilities(library.reader.assignment()),
        )
        for ask in asked:
            with suppress(ChangerError):
                ask()

    def _tried(self, ask: Callable[[], ResultT]) -> ResultT | None:
        """What it returns; the first error is kept."""
        try:
            return ask()
        except ChangerError as error:
            self._error = self._error or error
            return None

    def _busy_with(self) -> str:
        library = self._library
        with suppress(ChangerError):
            if library.context.coordination.is_held(library.id):
                return "another process of changer holds its lock"
        return ""

    def _drives(self) -> tuple[tuple[DriveMatch, ...] | NotTold, tuple[str, ...] | NotTold]:
        inventory = self.inventory
        if inventory is None:
            return NotTold(_UNASKED), NotTold(_UNASKED)
        try:
            matches = match_drives(self._library, inventory)
        except ChangerError as error:
            untold = NotTold(f"the drives can't be read: {error.message}", error.hint or "")
            return untold, untold
        drives = tuple(_drive_matches(matches, inventory))
        told = (each.identity for each in matches.drives.values() if each.identity is not None)
        self.models = tuple(f"{each.vendor or ''} {each.product or ''}" for each in told)
        products = (
            (inventory.numbering.number_of(address), match.product)
            for address, match in matches.drives.items()
            if match.product
        )
        self._known_drives = tuple(drive_lines(products, with_evidence=True))
        strangers = (
            " ".join(filter(None, (str(each.paths[0].device), f"({each.reason})")))
            for each in matches.others
        )
        return drives, tuple(strangers)

    def _reservation(self) -> ReservationFacts | NotTold:
        library = self._library
        try:
            noted = library.context.coordination.ports(library.id)
            told = probe(
                library.session, library.identity, others=dict.fromkeys(noted, frozenset())
            )
        except ChangerError as error:
            return NotTold(f"reservations can't be read: {error.message}")
        return _reservation_facts(told)

    def _cleaning(self) -> CleanerFacts | NotTold:
        library, inventory = self._library, self.inventory
        settings, store = library.settings, library.store
        if inventory is None:
            return NotTold(_UNASKED)
        cleaners = store.cleaners(library.id)
        conditions = store.drive_conditions(library.id)
        return CleanerFacts(
            signs=(
                *filter(None, (sign_by_page(library.session),)),
                *_signs(inventory, is_cleaning=bool(store.claims(library.id))),
            ),
            auto_clean=settings.auto_clean,
            on_the_way=settings.cleaning_on_the_way,
            reserved=len(store.reservations(library.id)),
            cleaners=len(cleaners),
            usable=sum(
                each.condition == "usable" and each.slot_address is not None for each in cleaners
            ),
            last_used_at=max(
                (each.last_used_at for each in cleaners if each.last_used_at is not None),
                default=None,
            ),
            asking=tuple(f"drive {each.drive}" for each in conditions if request_on_record(each)),
        )


def unanswered(name: str, untold: NotTold) -> Seen:
    """What is seen of a library whose look did not come to an end."""
    problem = Problem(untold.why, untold.how or "is its device hung? dmesg says more")
    return Seen(_unopened(name, problem, code="", sense=""))


def _unopened(name: str, problem: Problem, *, code: str, sense: str) -> LibraryFacts:
    """The facts about a library that could not even be opened."""
    untold = NotTold(_UNASKED)
    return LibraryFacts(
        id=name,
        device="",
        identity=None,
        is_enabled=True,
        is_virtual=name.startswith(SIMULATED),
        error=problem,
        error_code=code,
        sense=sense,
        busy_with="",
        attentions=(),
        removal_prevented=False,
        move_timeout_seconds=0.0,
        changer_wait_seconds=0.0,
        habits=(),
        vendor_codes=(),
        known_drives=(),
        drives=untold,
        strangers=untold,
        reservation=untold,
        cleaning=untold,
    )


def _sense_words(error: ChangerError | None) -> str:
    """``02/04/8E``; empty where no sense data came."""
    if error is None or not error.sense:
        return ""
    with suppress(MalformedData):
        sense = parse_sense(error.sense)
        if sense.additional is not None:
            return f"{sense.key:02X}/{sense.additional}"
    return ""


def _drive_matches(matches: Matches, inventory: Inventory) -> Iterator[DriveMatch]:
    for address, match in matches.drives.items():
        condition = find_condition(inventory.at(address), address=address)
        yield DriveMatch(
            number=inventory.numbering.number_of(address),
            serial=match.identity.serial if match.identity else None,
            device=match.opened_as,
            matched_by=match.matched_by,
            present=condition.present,
            reason=match.reason,
            hint=match.hint,
            paths=len(match.paths) or 1,
        )


def _reservation_facts(told: Probe) -> ReservationFacts:
    seen = told.seen
    if seen is None:
        return ReservationFacts(is_supported=False, held_by=(), registered=(), foreign=False)
    foreign_keys = seen.foreign
    return ReservationFacts(
        is_supported=True,
        held_by=tuple(map(reservation_words, seen.held)),
        registered=tuple(map(key_words, foreign_keys)),
        foreign=any(parse_key(each.key) is None for each in seen.held),
    )


def _signs(inventory: Inventory, *, is_cleaning: bool) -> Iterator[str]:
    """What shows that the library cleans by itself; ``is_cleaning``: we do, now."""
    for element in inventory.elements:
        name = inventory.numbering.name_of
        if is_managed_cleaner(element):
            yield f"it keeps the cleaning cartridge in {name(element.address)} for itself"
        elif not is_cleaning and is_home_of_cleaner_at_work(element):
            yield f"the cleaning cartridge of {name(element.address)} is at work"
