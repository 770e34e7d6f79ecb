"""Questions to the records of a library: history, events, plots, where a cartridge is."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from fnmatch import fnmatchcase

from changer.documents.cleaner import CleanerFacts, cleaners_document
from changer.documents.find import found_document
from changer.documents.history import event_document
from changer.documents.overview import library_document
from changer.documents.plots import plots_document
from changer.documents.shown import as_of_document, drives_shown_document
from changer.drives.cleaning_requests import DriveCleaningRequest
from changer.errors import UsageError
from changer.events.document import event_json
from changer.host.clock import Clock
from changer.journal.find import FoundCartridge, FoundPlace, find_on_record, is_pattern
from changer.library.drive_conditions import request_on_record
from changer.library.history import history
from changer.library.place_names import PlaceNames
from changer.library.status import PickerStatus
from changer.overview.overview import Overview, Reading
from changer.overview.plots import plots_of, read_past
from changer.store.protocol import Store
from changer.store.records import EventRecord, JournalQuery
from changer.store.sharing import Coordination
from changer.values import NamedTuple, replace
from changer.web.answer import Answer, json_body
from changer.web.view import not_read

_DAY_SECONDS = 86400.0
_MOST_DAYS = 366
_MOST_ROWS = 1000
_MOST_LABELS = 20
_MOST_FOUND = 200
_LABEL = re.compile(r"[ -~]{1,64}")


class Question(NamedTuple):
    """A document, and the parameters of the query, in order."""

    name: str
    parameters: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def text(self, name: str) -> str | None:
        """The only value of a parameter; None without one. Raises UsageError for several."""
        values = dict(self.parameters).get(name, ())
        if len(values) > 1:
            raise UsageError(f"{name} is there more than once")
        return values[0] if values else None

    def number(self, name: str, *, default: int, most: int) -> int:
        """A whole number from 0 on. Raises UsageError."""
        text = self.text(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdecimal() and len(text) < 19 and int(text) <= most):
            raise UsageError(f"{name} is not a number from 0 to {most}")
        return int(text)

    def labels(self, name: str) -> tuple[str, ...]:
        """Labels, or patterns of them. Raises UsageError."""
        values = dict(self.parameters).get(name, ())
        if len(values) > _MOST_LABELS or not all(map(_LABEL.fullmatch, values)):
            raise UsageError(
                f"{name} takes a label or a pattern such as A0*, {_MOST_LABELS} times at most"
            )
        return values


class Asked(NamedTuple):
    """What a question is answered from."""

    store: Store
    coordination: Coordination
    overview: Overview
    question: Question
    now: float
    auto_clean: str

    @property
    def since(self) -> float | None:
        """Of the parameter ``days``, in seconds since the epoch."""
        if self.question.text("days") is None:
            return None
        days = self.question.number("days", default=0, most=_MOST_DAYS)
        return self.now - days * _DAY_SECONDS


class Asking(NamedTuple):
    """How a document is made.

    kept_seconds  how long it is given to all who ask the same.
    is_news       it is made anew when the library's overview has changed.
    """

    parameters: tuple[str, ...]
    make: Callable[[Asked], Answer]
    kept_seconds: float = 2.0
    is_news: bool = True


class Records:
    """The records of one library. Its methods wait for the disk.

    ``auto_clean``: by its settings.
    """

    def __init__(
        self, library_id: str, coordination: Coordination, *, auto_clean: str, clock: Clock
    ) -> None:
        self.library_id = library_id
        self._coordination = coordination
        self._auto_clean = auto_clean
        self._clock = clock

    def answer(self, question: Question, overview: Overview) -> Answer:
        """Answer a question. Raises UsageError, and what the store raises."""
        with self._coordination.open_store("read") as store:
            now = self._clock.now()
            asked = Asked(store, self._coordination, overview, question, now, self._auto_clean)
            return ASKED[question.name].make(asked)

    def events_after(self, event_id: int, *, since: float) -> tuple[EventRecord, ...]:
        """Events after one, of a time or later. Raises what the store raises."""
        with self._coordination.open_store("read") as store:
            found = store.events().after(event_id, library_id=self.library_id, since=since)
        return found[-_MOST_ROWS:]


def _history(asked: Asked) -> Answer:
    question = asked.question
    labels = question.labels("label")
    if len(labels) > 1:
        raise UsageError("label is there more than once")
    query = JournalQuery(
        volume_tag=labels[0] if labels else None,
        since=asked.since,
        is_failed=bool(question.number("failed", default=0, most=1)),
    )
    events = history(
        asked.store,
        asked.overview.library_id,
        limit=question.number("limit", default=50, most=_MOST_ROWS),
        is_running=asked.coordination.is_running,
        query=query,
    )
    names = PlaceNames(asked.store)
    rows = [event_document(each, names.place) for each in events]
    return Answer(200, json_body("history", {"events": rows}))


def _events(asked: Asked) -> Answer:
    question = asked.question
    after = question.number("after", default=0, most=10**18)
    limit = question.number("limit", default=100, most=_MOST_ROWS)
    since = asked.since or asked.now - _MOST_DAYS * _DAY_SECONDS
    found = asked.store.events().after(after, library_id=asked.overview.library_id, since=since)
    rows = [event_json(each) for each in found[len(found) - min(limit, len(found)) :]]
    return Answer(200, json_body("events", {"events": rows}))


def _plots(asked: Asked) -> Answer:
    days = max(1, asked.question.number("days", default=90, most=_MOST_DAYS))
    records, library_id = asked.overview.records, asked.overview.library_id
    past = read_past(asked.store, library_id, days=days, now=asked.now)
    numbering = None if records is None else records.numbering
    return Answer(200, json_body("plots", plots_document(plots_of(past, numbering=numbering))))


def _find(asked: Asked) -> Answer:
    patterns = asked.question.labels("label")
    if not patterns:
        raise UsageError("label is missing", hint="?label=A00001L8, or ?label=A0*")
    overview, reading = asked.overview, asked.overview.reading
    places = {} if reading is None else _shown_places(reading)
    labels = _labels(patterns, {*places, *asked.store.labels(overview.library_id)})
    found = [_found(asked, each, places.get(each, ())) for each in labels[:_MOST_FOUND]]
    names = PlaceNames(asked.store)
    body = json_body(
        "find",
        {
            "library": library_document(overview),
            "is_read": reading is not None,
            "cartridges": [found_document(each, names) for each in found],
            "left_out": max(0, len(labels) - _MOST_FOUND),
            **as_of_document(overview),
        },
    )
    return Answer(200, body)


def _labels(patterns: Sequence[str], known: Collection[str]) -> list[str]:
    """Each label that is meant, once."""
    meant: dict[str, None] = {}
    for each in patterns:
        label = each.removeprefix("tag:").strip()
        matching = [label]
        if is_pattern(each):
            matching = sorted(label for label in known if fnmatchcase(label, each))
        meant |= dict.fromkeys(matching)
    return [*meant]


def _found(asked: Asked, label: str, places: tuple[FoundPlace, ...]) -> FoundCartridge:
    if any(each.trouble is None for each in places):
        return FoundCartridge(label, places)
    is_running = asked.coordination.is_running
    (found,) = find_on_record(
        asked.store, asked.overview.library_id, [f"tag:{label}"], is_running=is_running
    )
    return replace(found, places=places)


def _shown_places(reading: Reading) -> Mapping[str, tuple[FoundPlace, ...]]:
    """Elements by the labels that the last reading showed in them."""
    found: dict[str, tuple[FoundPlace, ...]] = {}
    status, numbering = reading.status, reading.numbering
    for each in (*status.drives, *status.slots, *status.mail, status.picker):
        if each is None or not each.volume_tag or each.full is False:
            continue
        is_out = not isinstance(each, PickerStatus) and each.present is False
        why = each.exception.text if each.exception else "it is not present"
        place = FoundPlace(
            each.address,
            str(numbering.place_of(each.address)),
            numbering.name_of(each.address),
            each.cleaner,
            why if is_out else None,
        )
        found[each.volume_tag] = (*found.get(each.volume_tag, ()), place)
    return found


def _drives(asked: Asked) -> Answer:
    overview, reading = asked.overview, asked.overview.reading
    if reading is None:
        return not_read(overview)
    document = drives_shown_document(overview, reading, _requests(asked, reading))
    return Answer(200, json_body("drives-shown", document))


def _cleaner(asked: Asked) -> Answer:
    """The cleaners as last read, and what is on record of the drives, which are not asked."""
    overview, reading = asked.overview, asked.overview.reading
    if reading is None:
        return not_read(overview)
    facts = CleanerFacts(
        reading.stock, _requests(asked, reading), reading.status.cleaner, asked.auto_clean
    )
    content = {
        "library": library_document(overview),
        **cleaners_document(facts, reading.numbering),
        **as_of_document(overview),
    }
    if facts.are_several:
        return Answer(200, json_body("cleaners", content))
    return Answer(200, json_body("cleaner", content))


def _requests(asked: Asked, reading: Reading) -> list[DriveCleaningRequest]:
    """What is on record of each drive."""
    library_id = asked.overview.library_id
    conditions = {each.drive: each for each in asked.store.drive_conditions(library_id)}
    products = {each.address: each.product for each in asked.store.drives(library_id) or ()}
    found = []
    for each in reading.status.drives:
        name = each.serial or f"{library_id}@{each.address}"
        kept = conditions.get(name)
        found.append(
            DriveCleaningRequest(
                number=each.number,
                address=each.address,
                name=name,
                serial=each.serial,
                product=products.get(each.address),
                request=request_on_record(kept) or each.cleaning_request,
                asked=False,
                why_not="changer serve asks no drives",
                cleaned_at=kept.cleaned_at if kept else None,
                cleanings=kept.cleanings if kept else 0,
                tape_alerts=kept.tape_alerts if kept else frozenset(),
            )
        )
    return found


ASKED: Mapping[str, Asking] = {
    "history": Asking(("limit", "days", "label", "failed"), _history),
    "events": Asking(("after", "limit", "days"), _events),
    "plots": Asking(("days",), _plots, kept_seconds=60.0, is_news=False),
    "find": Asking(("label",), _find),
    "drives": Asking((), _drives),
    "cleaner": Asking((), _cleaner),
}
