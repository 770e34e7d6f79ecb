"""What the screen asks of a library that it shows: the edge gives it, by reader and store."""

from __future__ import annotations

from typing import Protocol

from changer.library.status import DriveStatus, PickerStatus, SlotStatus
from changer.overview.overview import Overview
from changer.store.records import EventRecord
from changer.top.details import History

Row = SlotStatus | DriveStatus | PickerStatus


class Source(Protocol):
    """A library that is read again and again. None of it waits for the library."""

    @property
    def version(self) -> int:
        """Goes up with each overview that differs from the one before."""

    @property
    def alive_at(self) -> float:
        """When the reader last looked, in seconds since the epoch; 0.0 before its first look."""

    def overview(self) -> Overview:
        """The library as it is known now."""

    def events(self) -> tuple[EventRecord, ...]:
        """The last events, the newest first."""

    def history(self, row: Row) -> History:
        """What is on record of its cartridge, else of the element. Waits for the store."""
