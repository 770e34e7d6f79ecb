"""What mhVTL answered, and what devices were seen to answer, shared: the same under other names."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from mhvtl.recording import recorded_configurations, recording_of

from changer.doctor.gathering.trace_sharing import SharedTrace
from changer.errors import ChangerError
from changer.smc.element_status import parse_element_status
from changer.smc.elements import Element
from changer.transport.trace_record import TraceHeader, TraceRecord, parse_line

READ_ELEMENT_STATUS = 0xB8


def shared(folder: Path, records: list[TraceRecord]) -> tuple[list[TraceRecord], SharedTrace]:
    path = folder / "trace"
    lines = [TraceHeader("/dev/sg3", "changer").to_line(), *(each.to_line() for each in records)]
    path.write_text("\n".join(lines) + "\n")
    made = SharedTrace(path, names=(), host=(), draw=Random(1).randrange)
    parsed = [parse_line(line.decode()) for line in b"".join(made.pieces()).splitlines()]
    return [each for each in parsed if isinstance(each, TraceRecord)], made


def check_alike(records: list[TraceRecord], others: list[TraceRecord]) -> int:
    """The same commands, statuses and elements; each label the same other. How many labels."""
    labels: dict[str, str] = {}
    for before, after in zip(records, others, strict=True):
        assert (before.cdb, before.status, before.sense[:18]) == (
            after.cdb,
            after.status,
            after.sense[:18],
        )
        assert len(before.data) == len(after.data)
        if before.cdb[:1] == bytes((READ_ELEMENT_STATUS,)) and before.data:
            for one, other in zip(elements(before), elements(after), strict=True):
                assert nameless(one) == nameless(other)
                for old, new in ((one.volume_tag, other.volume_tag),):
                    if old and new:
                        assert labels.setdefault(old.identifier, new.identifier) == new.identifier
    assert len({*labels.values()}) == len(labels)
    assert not any(old == new for old, new in labels.items() if len(old) > 3)
    return len(labels)


def elements(record: TraceRecord) -> tuple[Element, ...]:
    try:
        return parse_element_status(record.data).elements
    except ChangerError:
        return ()


def nameless(element: Element) -> object:
    told = element.identifier
    form = told and (told.code_set, told.identifier_type, len(told.identifier))
    return (
        element._replace(volume_tag_field=None, alternate_volume_tag_field=None, identifier=None),
        form,
        told and (told.vendor, told.product),
    )


@pytest.mark.parametrize("name", sorted(recorded_configurations()))
def test_what_mhvtl_answered_is_the_same_under_other_names(name: str, folder: Path) -> None:
    recording = recording_of(name)
    lines = [
        parse_line(line)
        for steps in recording.scenarios.values()
        for step in steps
        for line in step.exchanges
    ]
    records = [each for each in lines if isinstance(each, TraceRecord)]
    others, _ = shared(folder, records)
    assert check_alike(records, others) > 4


def captured(path: Path) -> Iterator[TraceRecord]:
    for each in tomllib.loads(path.read_text())["exchange"]:
        cdb, data, sense = (bytes.fromhex(each.get(name, "")) for name in ("cdb", "data", "sense"))
        if cdb:
            at = "2026-03-01T12:00:00.000Z"
            status = 2 if sense else 0
            yield TraceRecord(each["name"], cdb, at, 0.0, status=status, data=data, sense=sense)


# Those that say which commands their bytes answered.
CAPTURES = {
    path.stem: records
    for path in sorted((Path(__file__).parents[2] / "data/captures").glob("*.toml"))
    if (records := [*captured(path)])
}


@pytest.mark.parametrize("name", CAPTURES)
def test_what_devices_answered_is_the_same_under_other_names(name: str, folder: Path) -> None:
    records = CAPTURES[name]
    others, _ = shared(folder, records)
    check_alike(records, others)
