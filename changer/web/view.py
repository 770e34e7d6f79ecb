"""A library as the server shows it: documents of the shared reading, each made once per version."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from changer.documents.check import check_document
from changer.documents.history import operation_document
from changer.documents.overview import library_document, overview_document
from changer.documents.shown import as_of_document
from changer.documents.status import status_document
from changer.overview.overview import Overview
from changer.overview.reader import SharedReader
from changer.web.answer import Answer, json_body, refusal

_NOT_READ_HINT = "the library is being read, or see the field trouble of /api/v1/overview"


class LibraryView:
    """Documents of one library. None of them waits for it.

    ``tag``: of this run of the server, so that no version of another one is taken for its own.
    """

    def __init__(self, reader: SharedReader, *, tag: str) -> None:
        self.reader = reader
        self.id = reader.library_id
        self._tag = tag
        self._kept: dict[str, tuple[int, Answer]] = {}

    def overview(self) -> Overview:
        """What is known now."""
        return self.reader.overview()

    def answer(self, name: str) -> Answer:
        """A document of ``SHOWN``, by its name."""
        version = self.reader.version  # before what it is of: that is never older
        kept = self._kept.get(name)
        if kept is None or kept[0] != version:
            kept = version, SHOWN[name](self.reader.overview(), f'"{self._tag}-{version}-{name}"')
            self._kept[name] = kept
        return kept[1]


def _overview(overview: Overview, etag: str) -> Answer:
    return Answer(200, json_body("overview", overview_document(overview), etag=etag))


def not_read(overview: Overview) -> Answer:
    """The answer where a document needs a reading, and there is none."""
    if (trouble := overview.trouble) is not None:
        return refusal(503, trouble.code, trouble.message, hint=trouble.hint)
    return refusal(503, "not-read", "the library has not been read yet", hint=_NOT_READ_HINT)


def _status(overview: Overview, etag: str) -> Answer:
    reading = overview.reading
    if reading is None:
        return not_read(overview)
    library = library_document(overview)
    document = status_document(reading.status, overview.attention, library=library)
    return Answer(200, json_body("status", {**document, **as_of_document(overview)}, etag=etag))


def _check(overview: Overview, etag: str) -> Answer:
    reading = overview.reading
    if reading is None:
        return not_read(overview)
    library = library_document(overview)
    document = check_document(reading.verdict, reading.numbering, library=library)
    return Answer(200, json_body("check", {**document, **as_of_document(overview)}, etag=etag))


def _operations(overview: Overview, etag: str) -> Answer:
    records = overview.records
    if records is None:
        return not_read(overview)
    rows = [operation_document(each.record, each.state) for each in records.operations]
    return Answer(200, json_body("operations", {"operations": rows}, etag=etag))


SHOWN: Mapping[str, Callable[[Overview, str], Answer]] = {
    "overview": _overview,
    "status": _status,
    "check": _check,
    "operations": _operations,
}
