"""Rows of ``changer.history/1`` and of ``changer.operations/1``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from changer.host.clock import utc_time
from changer.library.history import Event
from changer.store.records import Operation
from changer.values import chosen

_EVENT = (
    "library_id",
    "kind",
    "state",
    "result",
    "code",
    "operation_id",
    "volume_tag",
    "source_address",
    "destination_address",
    "message",
    "process_id",
    "user",
    "command",
    "second_volume_tag",
    "second_destination_address",
    "final_address",
)


NamePlace = Callable[[str, int | None], str | None]


def event_document(event: Event, name_place: NamePlace) -> dict[str, Any]:
    """An event as documents hold it, its places as addresses and as a person writes them.

    ``name_place``: a library's id and an element address to that: ``12``, ``drive:0``; None to
    None.
    """

    def place(address: int | None) -> str | None:
        return name_place(event.library_id, address)

    return {
        "at": utc_time(event.at),
        "finished_at": utc_time(event.finished_at),
        **chosen(event, *_EVENT),
        "source": place(event.source_address),
        "destination": place(event.destination_address),
        "second_destination": place(event.second_destination_address),
        "final": place(event.final_address),
    }


def operation_document(operation: Operation, state: str) -> dict[str, Any]:
    """An operation; ``state``: as ``changer.library.history.state_of`` has it."""
    return {
        "id": operation.id,
        "library_id": operation.library_id,
        "kind": operation.kind,
        "state": state,
        "started_at": utc_time(operation.started_at),
        "finished_at": utc_time(operation.finished_at),
        "slot_address": operation.slot_address,
        "drive_address": operation.drive_address,
        "volume_tag": operation.volume_tag,
        "result": operation.result_name,
        "code": operation.result_code,
        "message": operation.message,
        "process_id": operation.process_id,
        "user": operation.user,
    }
