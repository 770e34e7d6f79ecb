"""An event as the document that programs are given: ``changer.event/1``."""

from __future__ import annotations

import json
import os
from typing import Any

from changer.events.kinds import severity_of
from changer.host.clock import utc_time
from changer.store.records import EventRecord

_SCHEMA = "changer.event/1"


def event_json(event: EventRecord) -> dict[str, Any]:
    """The document of an event."""
    return {
        "schema": _SCHEMA,
        "id": event.id,
        "event": event.kind,
        "severity": severity_of(event.kind),
        "at": utc_time(event.happened_at),
        "host": os.uname().nodename,
        "library_id": event.library_id,
        "message": event.message,
        "fields": fields_of(event),
    }


def fields_of(event: EventRecord) -> dict[str, Any]:
    """The fields of an event; none where they can't be read."""
    try:
        fields = json.loads(event.fields)
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}
