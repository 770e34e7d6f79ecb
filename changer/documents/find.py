"""Rows of ``changer.find/1``."""

from __future__ import annotations

from typing import Any

from changer.documents.history import event_document
from changer.host.clock import utc_time
from changer.journal.find import FoundCartridge, FoundPlace
from changer.library.place_names import PlaceNames
from changer.store.records import LabelSighting
from changer.values import chosen


def found_document(found: FoundCartridge, names: PlaceNames) -> dict[str, Any]:
    """A label, where it is shown, and what is on record of one that is not."""
    moved, seen = found.last_move, found.last_seen
    return {
        "volume_tag": found.volume_tag,
        "shown": found.is_shown,
        "places": [_place_document(each) for each in found.places],
        "last_seen": None if seen is None else _seen_document(seen, names),
        "last_move": None if moved is None else event_document(moved, names.place),
        "open_moves": [event_document(each, names.place) for each in found.open_moves],
        "now": list(found.now),
    }


def _place_document(place: FoundPlace) -> dict[str, Any]:
    shown = chosen(place, "address", "place", "name", "trouble")
    return {**shown, "cleaner": place.is_cleaner}


def _seen_document(seen: LabelSighting, names: PlaceNames) -> dict[str, Any]:
    return {
        "address": seen.address,
        "place": names.place(seen.library_id, seen.address),
        "since": utc_time(seen.seen_since_at),
        "until": utc_time(seen.seen_at),
        "missed_at": utc_time(seen.missed_at),
    }
