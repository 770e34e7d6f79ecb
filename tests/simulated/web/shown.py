"""A virtual library as the server has it, without a server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from driver.virtual_library import VirtualLibrary

from changer.library.addressing import parse_place
from changer.library.settings import LibrarySettings
from changer.moves.execute import load
from changer.overview.reader import SharedReader
from changer.overview.watched import Watched
from changer.web.feed import Feed
from changer.web.records import Question, Records
from changer.web.view import LibraryView

DAY = 86_400


class Shown:
    """A virtual library as the server has it, before its first reading."""

    def __init__(self, folder: Path, *, alias: str | None = None, **overrides: Any) -> None:
        self.library = VirtualLibrary(folder, **overrides)
        request = self.library.request(settings=LibrarySettings(alias=alias))
        self.reader = SharedReader(Watched(self.library.id, request), interval_seconds=1.0)
        self.view = LibraryView(self.reader, tag="run")
        self.records = Records(
            self.library.id, request.coordination, auto_clean="off", clock=self.library.clock
        )

    def read(self) -> None:
        self.library.clock.sleep(3600.0)
        self.reader.turn()

    def load(self, source: str, drive: str) -> None:
        with self.library.open() as library:
            load(library, parse_place(source), parse_place(drive))

    def ask(self, name: str, **parameters: str | tuple[str, ...]) -> dict[str, Any]:
        given = tuple(
            (key, (value,) if isinstance(value, str) else value)
            for key, value in parameters.items()
        )
        answer = self.records.answer(Question(name, given), self.reader.overview())
        content: dict[str, Any] = json.loads(answer.body.plain)
        return content

    def feed(self) -> Feed:
        return Feed([self.view], [self.records], clock=self.library.clock, most_streams=3)
