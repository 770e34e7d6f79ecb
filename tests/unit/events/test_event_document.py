"""An event as programs and the journal get it, also one that a newer version wrote."""

from __future__ import annotations

import os
from collections.abc import Mapping

import pytest

from changer.events.document import event_json
from changer.events.telling import log_event
from changer.store.records import EventRecord


def event(kind: str, fields: str = "{}") -> EventRecord:
    return EventRecord(7, "LIB", kind, "", "", 1_000_000_000.0, "it is so", fields, None, None)


@pytest.mark.parametrize(
    ("kind", "severity", "priority"),
    [
        ("store-damaged", "critical", 2),
        ("move-open", "critical", 2),
        ("library-offline", "error", 3),
        ("cleaner-spent", "error", 3),
        ("cleaner-low", "warning", 4),
        ("library-back", "info", 6),
        ("of a newer version", "warning", 4),
    ],
)
def test_event_has_a_severity_for_programs_and_its_priority_in_the_journal(
    kind: str, severity: str, priority: int
) -> None:
    lines: list[tuple[str, int, Mapping[str, str]]] = []
    log_event(event(kind, '{"drive": 0, "serial": null}'), lambda *line: lines.append(line))
    named = {"drive": "0", "event": kind, "event_id": "7", "library": "LIB"}
    assert lines == [("it is so", priority, named)]
    assert event_json(event(kind, '{"drive": 0, "serial": null}')) == {
        "schema": "changer.event/1",
        "id": 7,
        "event": kind,
        "severity": severity,
        "at": "2001-09-09T01:46:40Z",
        "host": os.uname().nodename,
        "library_id": "LIB",
        "message": "it is so",
        "fields": {"drive": 0, "serial": None},
    }


@pytest.mark.parametrize("fields", ["", "{", "[]", "1", "[" * 100_000])
def test_fields_that_can_t_be_read_are_none(fields: str) -> None:
    assert event_json(event("move-open", fields))["fields"] == {}
