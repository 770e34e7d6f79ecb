"""``/metrics``: the numbers of all libraries, in the format that a scraper asks for."""

from __future__ import annotations

from collections.abc import Sequence

from changer.metrics.text import CONTENT_TYPES, TextFormat, accepted_format, render
from changer.web.answer import Answer, Body, packed
from changer.web.request import WebRequest
from changer.web.view import LibraryView


class Metrics:
    """Text of all libraries, made once for each state of their readers."""

    def __init__(self, views: Sequence[LibraryView]) -> None:
        self._views = views
        self._kept: dict[TextFormat, tuple[tuple[int, ...], Body]] = {}

    def answer(self, request: WebRequest) -> Answer:
        """The numbers of now."""
        text_format = accepted_format(",".join(request.headers.get("accept", ())))
        versions = tuple(each.reader.version for each in self._views)
        kept = self._kept.get(text_format)
        if kept is None or kept[0] != versions:
            text = render((each.overview() for each in self._views), text_format=text_format)
            kept = versions, packed(CONTENT_TYPES[text_format], text.encode())
            self._kept[text_format] = kept
        return Answer(200, kept[1])
