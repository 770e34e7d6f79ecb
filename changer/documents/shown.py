"""What documents of ``changer serve`` have besides: of when they are; and those of it alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from changer.documents.overview import library_document
from changer.drives.cleaning_requests import DriveCleaningRequest
from changer.host.clock import utc_time
from changer.library.columns import as_document
from changer.overview.overview import Overview, Reading
from changer.overview.reader import SharedReader
from changer.values import chosen


def as_of_document(overview: Overview) -> dict[str, Any]:
    """Of which reading a document is, and why there is no newer one."""
    reading, trouble = overview.reading, overview.trouble
    return {
        "read_at": None if reading is None else utc_time(reading.at),
        "trouble": None
        if trouble is None
        else {**chosen(trouble, "code", "message", "hint"), "since": utc_time(trouble.since)},
    }


def libraries_document(readers: Iterable[SharedReader]) -> dict[str, Any]:
    """The libraries that are shown, each with the version of its overview."""
    shown = ((each, each.overview()) for each in readers)
    return {
        "libraries": [
            {
                **library_document(overview),
                "version": reader.version,
                "looked_at": utc_time(reader.alive_at or None),
                **chosen(overview, "state", "interval_seconds"),
                **as_of_document(overview),
            }
            for reader, overview in shown
        ]
    }


def drives_shown_document(
    overview: Overview, reading: Reading, requests: Iterable[DriveCleaningRequest]
) -> dict[str, Any]:
    """What is known of drives without asking them."""
    shown = as_document(reading.status)["drives"]
    return {
        "library": library_document(overview),
        "drives": [
            {
                **row,
                **chosen(each, "asked", "why_not", "cleanings"),
                "cleaned_at": utc_time(each.cleaned_at),
                "tape_alerts": sorted(each.tape_alerts),
            }
            for row, each in zip(shown, requests, strict=True)
        ],
        **as_of_document(overview),
    }
