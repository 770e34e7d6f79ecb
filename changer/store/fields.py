"""Fields that callers of the store name, for type checkers alone."""

from __future__ import annotations

from typing import Required, TypedDict

from changer.store.records import MoveKind


class Seen(TypedDict):
    """What a library says of itself (INQUIRY), and the device by which it was reached."""

    vendor: str
    product: str
    revision: str
    serial: str | None
    device: str | None


class Details(TypedDict, total=False):
    """What an operation is about, as ``Operation`` has it; None: not known yet."""

    slot_address: int | None
    drive_address: int | None
    volume_tag: str | None
    cleans_left: int | None
    cleans_told: int
    drive: str | None
    command: str | None


class Intent(TypedDict, total=False):
    """A move that is to be made, as ``Move`` has it."""

    kind: MoveKind
    source_address: Required[int]
    destination_address: Required[int]
    second_destination_address: int | None
    volume_tag: str | None
    second_volume_tag: str | None
    operation_id: str | None
    command: str | None
