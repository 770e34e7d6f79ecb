"""A library of everything, whole: its metrics in both formats, and its documents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from kept_files import assert_as_kept
from manual_json import undocumented
from sample_records import a_move, an_operation

from changer.documents.check import check_document
from changer.documents.overview import overview_document
from changer.documents.shown import as_of_document, drives_shown_document
from changer.drives.cleaning_requests import DriveCleaningRequest
from changer.library.findings import Finding
from changer.metrics.text import TEXT_FORMATS, TextFormat, render
from changer.overview.overview import MoveShown, OperationShown, Overview
from changer.store.records import EventRecord
from changer.store.sharing import LockUse
from changer.values import replace

from .pictures import ID, OVERVIEW, READ_AT, READING, RECORDS, TROUBLE

KEPT = Path(__file__).parent / "kept"
EXCHANGE = a_move(
    id=7,
    library_id=ID,
    operation_id="abc",
    kind="exchange",
    second_destination_address=1001,
    second_volume_tag="A00002L8",
    started_at=READ_AT - 90,
    process_id=4711,
    outcome="unknown",
    final_address=0,
    finished_at=READ_AT - 30,
    message="no reply",
    operations_before=3,
)
INSERT = an_operation(
    id="abc",
    library_id=ID,
    started_at=READ_AT - 100,
    slot_address=1001,
    drive_address=501,
    volume_tag="CLN002L1",
    message="put a cleaning cartridge into mail slot 1",
    process_id=4711,
    cleans_left=20,
    sequence=4,
)
CLEAN = replace(INSERT, id="def", kind="clean", state="in-progress", message=None)
SILENT = replace(INSERT, id="ghi", kind="eject", message=None)
EVENT = EventRecord(
    id=12,
    library_id=ID,
    kind="cleaner-low",
    subject="CLN001L1",
    state="2",
    happened_at=READ_AT - 5,
    message="CLN001L1 has 2 cleanings left",
    fields='{"volume_tag": "CLN001L1", "cleans_left": 2}',
    delivered_at=None,
    over_at=None,
)
BUSY = replace(
    OVERVIEW,
    alias="vault",
    trouble=TROUBLE,
    records_trouble=replace(TROUBLE, code="store-failed", message="it is locked", hint="wait"),
    records=replace(
        RECORDS,
        attention=(
            *RECORDS.attention,
            Finding("removal-prevented", "note", "people wait", "changer unlock", ()),
        ),
        lock=LockUse(held=True, holder="pid 4711 (changer exchange)", waiting=2),
        moves=(
            MoveShown(EXCHANGE, is_running=False),
            MoveShown(EXCHANGE._replace(id=8, finished_at=None, outcome=None), is_running=True),
        ),
        operations=(
            OperationShown(INSERT, "waiting"),
            OperationShown(CLEAN, "interrupted"),
            OperationShown(SILENT, "waiting"),
        ),
        lasting=(EVENT,),
        last_event=12,
    ),
)
UNSEEN = Overview(ID, None, "vault", None, 30.0, trouble=TROUBLE)
OVERVIEWS = {"idle": OVERVIEW, "busy": BUSY, "unseen": UNSEEN}


@pytest.mark.parametrize("text_format", TEXT_FORMATS)
def test_metrics_of_libraries_are_told_metric_by_metric(text_format: TextFormat) -> None:
    other = replace(BUSY, library_id="ACME_L700_2")
    text = render([OVERVIEW, other], text_format=text_format)
    assert_as_kept(text, KEPT / f"{text_format}.txt")


def kept_document(document: dict[str, Any], name: str) -> None:
    assert_as_kept(json.dumps(document, indent=2) + "\n", KEPT / f"{name}.json")


@pytest.mark.parametrize("name", OVERVIEWS)
def test_an_overview_has_all_that_is_known(name: str) -> None:
    document = overview_document(OVERVIEWS[name])
    assert undocumented(document) == []
    for each in document["events"]:
        each["host"] = "tapes"
    kept_document({**document, **as_of_document(OVERVIEWS[name])}, f"overview-{name}")


def test_a_check_has_each_finding_and_each_figure() -> None:
    document = check_document(READING.verdict, READING.numbering, library={"id": ID})
    kept_document(document, "check")


def test_drives_are_shown_with_what_is_on_record_of_each() -> None:
    requests = [
        DriveCleaningRequest(
            number=each.number,
            address=each.address,
            name=f"D{each.number}",
            serial=each.serial,
            product="ULT3580-TD8",
            request=each.cleaning_request,
            asked=each.number == 0,
            why_not=None if each.number == 0 else "it is in use",
            cleaned_at=None if each.number == 0 else READ_AT - each.number,
            cleanings=each.number,
            tape_alerts=frozenset({21, 20, 3} if each.number == 0 else ()),
        )
        for each in READING.status.drives
    ]
    kept_document(drives_shown_document(BUSY, READING, requests), "drives-shown")
