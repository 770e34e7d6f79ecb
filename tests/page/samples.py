"""Documents as the server has them, and variants of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

Document = dict[str, Any]
LIBRARY = "CHANGER_VIRTUAL_SIM0000000001"


def utc(seconds_ago: float = 0) -> str:
    """A time before now, as documents have it."""
    at = datetime.now(UTC) - timedelta(seconds=seconds_ago)
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def slot(number: int, label: str | None = None, **fields: Any) -> Document:
    """A slot: full where it has a label, else empty."""
    return {
        "number": number,
        "address": 1000 + number,
        "full": label is not None,
        "present": True,
        "volume_tag": label,
        "medium_type": 1 if label else None,
        "cleaner": False,
        "exception": None,
        "reserved": False,
        **fields,
    }


def mail(number: int, label: str | None = None, **fields: Any) -> Document:
    """A mail slot."""
    import_export = {"operator_placed": False, "import_enabled": True, "export_enabled": True}
    row = {**slot(number, label), "address": 100 + number, "import_export": import_export}
    return {**row, **fields}


def drive(number: int, label: str | None = None, **fields: Any) -> Document:
    """A drive."""
    return {
        **{key: value for key, value in slot(number, label).items() if key != "reserved"},
        "address": 500 + number,
        "source_slot": 1 if label else None,
        "source_mail": None,
        "accessible": True,
        "serial": f"D00000{number}",
        "device": f"/dev/tape/by-id/scsi-D00000{number}-nst",
        "cleaning_request": None,
        **fields,
    }


def library(alias: str | None = "demo", *, library_id: str = LIBRARY) -> Document:
    """The library of a document."""
    return {
        "id": library_id,
        "alias": alias,
        "vendor": "CHANGER",
        "product": "VIRTUAL",
        "revision": "0100",
        "serial": "SIM0000000001",
        "device": "sim:demo",
    }


def status(**changes: Any) -> Document:
    """What a library holds: 24 slots, two drives, two mail slots."""
    slots = [slot(number, f"A{number:05d}L8" if number <= 10 else None) for number in range(1, 25)]
    return {
        "cleaner": None,
        "cleaners": [],
        "drives": [drive(0), drive(1)],
        "slots": slots,
        "mail": [mail(1), mail(2)],
        "picker": {
            "address": 1,
            "full": False,
            "volume_tag": None,
            "cleaner": False,
            "exception": None,
        },
        "removal_prevented": False,
        **changes,
    }


def overview(*, age: float = 1.0, **changes: Any) -> Document:
    """A library at rest. ``age``: of its reading, in seconds."""
    return {
        "schema": "changer.overview/1",
        "library": library(),
        "taken_at": utc(),
        "interval_seconds": 30.0,
        "reading": {"at": utc(age), "took_seconds": 0.2},
        "trouble": None,
        "records_trouble": None,
        "state": "ok",
        "status": status(),
        "cleaners": [],
        "families": [],
        "attention": [],
        "operations": [],
        "moves": [],
        "tasks": [],
        "lock": {"held": False, "holder": None, "waiting": 0},
        "events": [],
        **changes,
    }


def move(label: str, source: str, destination: str, **fields: Any) -> Document:
    """A move that is being made. Places: as the command line takes them."""
    return {
        "at": utc(4),
        "finished_at": None,
        "library_id": LIBRARY,
        "kind": "move",
        "state": "in-progress",
        "result": None,
        "code": None,
        "operation_id": None,
        "volume_tag": label,
        "source_address": address(source),
        "destination_address": address(destination),
        "message": None,
        "process_id": 4711,
        "user": "operator",
        "command": f"changer load {label}",
        "second_volume_tag": None,
        "second_destination_address": None,
        "final_address": None,
        "source": source,
        "destination": destination,
        "second_destination": None,
        "final": None,
        "is_running": True,
        **fields,
    }


def address(place: str) -> int:
    """Of a place of this library."""
    kind, _, number = place.rpartition(":")
    return {"": 1000, "mail": 100, "drive": 500}[kind] + int(number)


def finding(words: str, *places: str, level: str = "warning", hint: str | None = None) -> Document:
    """What wants attention."""
    code = "-".join(words.split()[:2])
    return {"code": code, "level": level, "words": words, "hint": hint, "places": list(places)}


def task(words: str) -> Document:
    """What a person has to do."""
    return {"operation_id": "68d29dc4", "kind": "insert", "words": words, "since": utc(60)}


def event(number: int, message: str, severity: str = "warning") -> Document:
    """An event."""
    return {
        "schema": "changer.event/1",
        "id": number,
        "event": "cleaner-low",
        "severity": severity,
        "at": utc(600 - number),
        "host": "backup1",
        "library_id": LIBRARY,
        "message": message,
        "fields": {},
    }


def plots() -> Document:
    """Ninety days of work."""
    today = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    days = [today - timedelta(days=back) for back in range(89, -1, -1)]
    return {
        "schema": "changer.plots/1",
        "days": [
            {"day": f"{day:%F}", "moves": (at * 7) % 23, "failed": 2 if at % 30 == 4 else 0}
            for at, day in enumerate(days)
        ],
        "loads": [
            {"at": f"{day:%FT%TZ}", "seconds": 38.0 + (at * 13) % 9 + 4 * (at % 2), "drive": at % 2}
            for at, day in enumerate(days)
        ],
        "cleaners": [
            {
                "volume_tag": "CLN001L1",
                "slot": 23,
                "cleans_left": 11,
                "uses_per_day": 0.1,
                "used_up_on": f"{today + timedelta(days=110):%F}",
                "why_not": None,
                "uses": [
                    {"at": f"{days[at * 10]:%FT%TZ}", "cleans_left": 20 - at} for at in range(9)
                ],
            },
            {
                "volume_tag": "CLN002L1",
                "slot": 24,
                "cleans_left": 50,
                "uses_per_day": None,
                "used_up_on": None,
                "why_not": "it was not used yet",
                "uses": [],
            },
        ],
        "requests": [
            {"day": f"{day:%F}", "requested": int(at % 11 == 3)} for at, day in enumerate(days)
        ],
    }


def everything(overview_document: Document | None = None, **changes: Any) -> Document:
    """What a server has of one library."""
    shown = overview_document or overview()
    return {
        "libraries": {"schema": "changer.libraries/1", "libraries": [shown["library"]]},
        "overview": shown,
        "events": {"events": []},
        "history": {"schema": "changer.history/1", "events": []},
        "find": {"cartridges": []},
        "plots": plots(),
        **changes,
    }


def busy() -> Document:
    """Each state, and something in each part of the page."""
    slots = [slot(number, f"A{number:05d}L8" if number <= 17 else None) for number in range(1, 49)]
    slots[3] = slot(4)
    slots[17] = slot(18, "", volume_tag=None, full=True)
    for number in range(31, 41):
        slots[number - 1] = slot(number, full=False, present=False)
    out = {"asc": 0x3B, "ascq": 0x12, "text": "Medium magazine removed"}
    for row in slots[30:40]:
        row["exception"] = out
    unreadable = {"asc": 0x83, "ascq": 0x03, "text": "occupancy unknown"}
    slots[24] = slot(25, full=None, exception=unreadable)
    slots[44] = slot(45, "CLN002L1", cleaner=True, reserved=True, medium_type=2)
    slots[45] = slot(46, reserved=True)
    slots[46] = slot(47, "CLN001L1", cleaner=True, reserved=True, medium_type=2)
    placed = {"operator_placed": True, "import_enabled": True, "export_enabled": True}
    return overview(
        state="warning",
        status=status(
            slots=slots,
            drives=[
                drive(0, "A00004L8", source_slot=4),
                drive(1, cleaning_request="requested"),
                drive(2, serial=None, device=None, full=None, exception=unreadable),
            ],
            mail=[mail(1, "A00099L8", import_export=placed), mail(2), mail(3, present=False)],
            picker={
                "address": 1,
                "full": True,
                "volume_tag": "A00007L8",
                "cleaner": False,
                "exception": None,
            },
            removal_prevented=True,
        ),
        attention=[
            finding("drive 1 asks for cleaning", "drive:1", hint="changer clean 1"),
            finding("slots 31-40 are not present", "31-40", hint="put the magazine back"),
            finding("people are prevented from removing media", level="note"),
        ],
        moves=[move("A00007L8", "7", "drive:1")],
        operations=[
            {
                "id": "68d29dc4",
                "library_id": LIBRARY,
                "kind": "insert",
                "state": "waiting",
                "started_at": utc(60),
                "finished_at": None,
                "slot_address": 1046,
                "drive_address": None,
                "volume_tag": None,
                "result": None,
                "code": None,
                "message": "put a cleaning cartridge into mail slot 2",
                "process_id": 4712,
                "user": "operator",
            }
        ],
        tasks=[task("put a cleaning cartridge into mail slot 2")],
        lock={"held": True, "holder": "process 4711 (changer load)", "waiting": 1},
        cleaners=[
            cleaner("CLN002L1", "usable", 45, 42),
            cleaner("CLN001L1", "low", 47, 2),
            cleaner("CLN003L1", "away", None, None),
        ],
        families=[
            {
                "family": "LTO",
                "drives": [0, 1, 2],
                "usable": 2,
                "cleans_left": 44,
                "ok": True,
                "code": None,
                "reason": None,
            }
        ],
    )


def cleaner(label: str, state: str, slot: int | None, left: int | None) -> Document:
    """A cleaning cartridge on record."""
    return {
        "volume_tag": label,
        "family": "LTO",
        "state": state,
        "reason": None,
        "slot": slot,
        "place": None if slot is None else str(slot),
        "drive": None,
        "cleans_left": left,
        "uses": 8,
        "last_used_at": utc(86400),
        "left_at": None,
    }


def past() -> Document:
    """A history of ten loads, one of which failed."""
    moves = [
        move(
            f"A{number:05d}L8",
            str(number),
            f"drive:{number % 2}",
            at=utc(number * 3600),
            finished_at=utc(number * 3600 - 40),
            state="completed" if number != 3 else "not-executed",
            result="completed" if number != 3 else "not-executed",
        )
        for number in range(1, 11)
    ]
    return {"schema": "changer.history/1", "events": moves}
