"""Cartridges by their labels: where a reading shows them, and what is on record of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from fnmatch import fnmatchcase

from changer.errors import UsageError
from changer.journal.last_seen import end_of
from changer.journal.open_moves import transfers_of
from changer.library.addressing import PlaceKind, parse_place
from changer.library.element_state import Presence, find_condition
from changer.library.history import Event, event_of_move, state_of
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.library.reserved_slots import ReservedSlots
from changer.smc.elements import Element
from changer.store.protocol import Store
from changer.store.records import JournalQuery, LabelSighting, Move, Operation
from changer.values import dataclass

_WILDCARDS = "*?["
IsRunning = Callable[[Operation | Move], bool]


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """An element that shows a label. ``trouble``: why its cartridge is not to be had; or None."""

    address: int
    place: str
    name: str
    is_cleaner: bool
    trouble: str | None


@dataclass(frozen=True, slots=True)
class FoundCartridge:
    """A label: where the library shows it, and what is on record of one that it does not show.

    last_seen   the element that showed it last, by all readings.
    last_move   of a cartridge with that label.
    open_moves  those without a known end.
    now         what is shown where it was last, by the readings or by that move, in words.
    """

    volume_tag: str
    places: tuple[FoundPlace, ...]
    last_seen: LabelSighting | None = None
    last_move: Event | None = None
    open_moves: tuple[Event, ...] = ()
    now: tuple[str, ...] = ()

    @property
    def is_shown(self) -> bool:
        """Whether the library shows it, in an element that is available."""
        return any(each.trouble is None for each in self.places)


def find_cartridges(
    library: Library, patterns: Sequence[str], inventory: Inventory | None
) -> tuple[FoundCartridge, ...]:
    """What is known of labels, and of those that match patterns such as ``A0*``.

    ``inventory``: a reading of all elements; None: it could not be read. Raises UsageError for what
    is not a label.
    """
    is_running = library.context.coordination.is_running
    reserved = None if inventory is None else ReservedSlots.for_(library)
    search = _Search(library.store, library.id, is_running, inventory, reserved)
    return search.find_all(patterns)


def find_on_record(
    store: Store, library_id: str, patterns: Sequence[str], *, is_running: IsRunning
) -> tuple[FoundCartridge, ...]:
    """The same of a library that can't be opened, from the store alone."""
    return _Search(store, library_id, is_running).find_all(patterns)


def is_pattern(text: str) -> bool:
    """Whether a word is a pattern of labels; ``tag:`` says that it is a label."""
    return not text.lower().startswith("tag:") and any(each in text for each in _WILDCARDS)


def _matching(text: str, known: Iterable[str]) -> list[str]:
    if is_pattern(text):
        return [each for each in known if fnmatchcase(each, text)]
    stripped = text.strip()
    if stripped.isascii() and stripped.isdigit():  # nothing but a label is meant here
        return [stripped]
    place = parse_place(stripped)
    if place.kind is not PlaceKind.TAG:
        raise UsageError(
            f"{text!r} is not a label", hint="changer status shows what is in each place"
        )
    return [place.tag]


class _Search:
    """What the store has, and a reading beside it, or none."""

    def __init__(
        self,
        store: Store,
        library_id: str,
        is_running: IsRunning,
        inventory: Inventory | None = None,
        reserved: ReservedSlots | None = None,
    ) -> None:
        self._store = store
        self._library_id = library_id
        self._is_running = is_running
        self._inventory = inventory
        self._reserved = reserved
        self._open_moves = store.unsettled_moves(library_id)
        self._shown: dict[str, list[Element]] = {}
        for each in inventory.elements if inventory is not None else ():
            if each.full and (tag := each.tag):
                self._shown.setdefault(tag, []).append(each)

    def find_all(self, patterns: Sequence[str]) -> tuple[FoundCartridge, ...]:
        """Each label that is meant, once."""
        known: list[str] = []
        if any(is_pattern(each) for each in patterns):
            known = sorted({*self._shown, *self._store.labels(self._library_id)})
        labels = (label for each in patterns for label in _matching(each, known))
        return tuple(self.find(each) for each in dict.fromkeys(labels))

    def find(self, label: str) -> FoundCartridge:
        """What is known of a label."""
        places = tuple(self._places(label))
        open_moves = tuple(
            self._event(each)
            for each in self._open_moves
            if label in (each.volume_tag, each.second_volume_tag)
        )
        if any(each.trouble is None for each in places):
            return FoundCartridge(label, places, open_moves=open_moves)
        query = JournalQuery(self._library_id, label)
        seen = next(iter(self._store.sightings(self._library_id, label)), None)
        moved = next(iter(self._store.find_moves(query, limit=1)), None)
        return FoundCartridge(
            label,
            places,
            last_seen=seen,
            last_move=None if moved is None else self._event(moved),
            open_moves=open_moves,
            now=tuple(self._now(label, seen, moved)),
        )

    def _event(self, move: Move) -> Event:
        return event_of_move(move, state_of(move, self._is_running))

    def _places(self, label: str) -> Iterator[FoundPlace]:
        for each in self._shown.get(label, ()):
            assert self._inventory is not None and self._reserved is not None, "it shows the label"
            numbering = self._inventory.numbering
            condition = find_condition(each, address=each.address)
            is_out = condition.presence is Presence.ABSENT and not condition.full
            yield FoundPlace(
                address=each.address,
                place=str(numbering.place_of(each.address)),
                name=numbering.name_of(each.address),
                is_cleaner=self._reserved.is_cleaner(each),
                trouble=condition.reason if is_out else None,
            )

    def _now(self, label: str, seen: LabelSighting | None, moved: Move | None) -> Iterator[str]:
        """What the elements show where it was last seen, and where it was last moved to."""
        if self._inventory is None:
            return
        ends = [] if moved is None else self._ends(label, moved)
        addresses = [*([] if seen is None else [seen.address]), *ends]
        for address in dict.fromkeys(addresses):
            yield _content_words(self._inventory, address)

    def _ends(self, label: str, move: Move) -> list[int]:
        ways = enumerate(transfers_of(move))
        ends = [end_of(move, number) for number, each in ways if each.volume_tag == label]
        return [each for each in ends if each is not None]


def _content_words(inventory: Inventory, address: int) -> str:
    """What an element shows: ``slot 9 is empty``."""
    element, name = inventory.at(address), inventory.numbering.name_of(address)
    condition = find_condition(element, address=address)
    if condition.tells_empty:
        return f"{name} is empty"
    if element is not None and condition.full:
        return f"{name} holds {element.tag or 'a cartridge that shows no label'}"
    if condition.presence is Presence.ABSENT:
        return f"{name} is not available: {condition.reason}"
    return f"can't tell what is in {name}: {condition.reason}"
