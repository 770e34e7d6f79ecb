"""A virtual library with a person who takes what is in the mail slots, and puts more in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cleaning.cleaner_library import CleanerLibrary
from cleaning.cleaner_library import refusal as refusal
from driver.virtual_library import MOVE_MEDIUM, Wire

from changer.moves.export import export
from changer.moves.exported import Exported
from changer.moves.import_ import import_cartridges
from changer.moves.imported import Imported


class ManyLibrary(CleanerLibrary):
    """``hand``: what the person took out; ``tasks``: what was said to them."""

    def __init__(self, *arguments: Any, **fields: Any) -> None:
        super().__init__(*arguments, **fields)
        self.hand: list[str] = []
        self.tasks: list[str] = []

    @property
    def mail(self) -> dict[str, str]:
        """What is truly in the mail slots."""
        return {place: tag for place, tag in self.places.items() if place.startswith("mail:")}

    def take(self, place: str) -> None:
        """Take a cartridge out of a mail slot."""
        self.hand.append(self.tag_at(place) or "")
        self.operate(f"take {place}")

    def take_all(self) -> None:
        """Take out what is in the mail slots."""
        for place in self.mail:
            self.take(place)

    def visit(self, every_seconds: float = 20.0, act: Callable[[], None] | None = None) -> None:
        """From now on a person comes so often, and takes all that there is, or does that."""

        def come() -> None:
            (act or self.take_all)()
            self.clock.plan(every_seconds, come)

        self.clock.plan(every_seconds, come)

    def remove(self, place: str) -> None:
        """Take a cartridge out of a slot, through the door, if there is one."""
        tag = self.tag_at(place)
        if tag is not None:
            self.hand.append(tag)
            self.operate(f"remove {place}")

    @property
    def outcomes(self) -> list[str | None]:
        """Of the cartridges of the newest export or import, on record now."""
        rows = self.rows("transfers")
        return [row["outcome"] for row in rows if row["operation_id"] == rows[-1]["operation_id"]]

    def export_to_archive(self, *words: str) -> Exported:
        """Export from a library that takes away what comes to its mail slots."""

        def take_away(_: int, cdb: bytes) -> None:
            if cdb[0] == MOVE_MEDIUM:
                for place in self.mail:
                    self.operate(f"remove {place}", noticed=False)

        with self.open(wire=lambda inner: Wire(inner, after=take_away)) as opened:
            return export(opened, words, tell=self.tasks.append)

    def export(self, *words: str, **fields: Any) -> Exported:
        with self.open() as opened:
            return export(opened, words, tell=self.tasks.append, **fields)

    def import_(self, **fields: Any) -> Imported:
        with self.open() as opened:
            return import_cartridges(opened, tell=self.tasks.append, **fields)


def left(exported: Exported) -> dict[str, str]:
    """Label to place of those that left."""
    return {each.volume_tag: str(each.place) for each in exported.left}


def stayed(exported: Exported) -> dict[str, str]:
    """Label to reason of those that did not."""
    return {each.volume_tag: each.why or "" for each in exported.cartridges if not each.has_left}
