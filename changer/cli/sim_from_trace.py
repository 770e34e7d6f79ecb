"""``changer sim create --from-trace``: a virtual library that answers as a recorded one did."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from changer.cli.application import Application
from changer.errors import OutputFailed
from changer.transport.trace_record import TraceHeader, TraceRecord

if TYPE_CHECKING:
    from changer.simulator.agreement import Agreement
    from changer.simulator.exchange import Exchange
    from changer.simulator.from_trace import Derived

_MOST_EXCHANGES = 100_000


def create_from(
    application: Application, name: str, file: Path, *, folder: Path, overrides: Mapping[str, Any]
) -> None:
    """Make it, and say what the trace does not tell. Raises OutputFailed, SimulatorRefused."""
    from changer.simulator.trace_creation import create_from_trace

    exchanges = _exchanges(application, file)
    derived, agreement = create_from_trace(name, exchanges, folder=folder, **overrides)
    application.output.print_json("sim-created", {"name": name, **_as_json(derived, agreement)})
    for line in _remarks(derived, agreement):
        application.progress.say(line)
    application.output.print(f"sim:{name} is there: changer -l sim:{name} status")


def _exchanges(application: Application, file: Path) -> tuple[Exchange, ...]:
    from changer.doctor.gathering.trace_lines import TraceFileReader
    from changer.simulator.exchange import Exchange

    records: list[TraceRecord] = []
    libraries: set[str] = set()
    for line in TraceFileReader(file).lines():
        if isinstance(line, TraceHeader):
            libraries.add(line.device)
        elif isinstance(line, TraceRecord) and len(records) < _MOST_EXCHANGES:
            records.append(line)
    if not libraries and not records:
        raise OutputFailed(f"{file} is not a trace: no line is a header or a command")
    if len(libraries) > 1:
        application.warn(f"the trace names {len(libraries)} devices of libraries, taken for one")
    return tuple(
        Exchange(
            drive=None if each.device in (None, *libraries) else each.device,
            cdb=each.cdb,
            status=each.status,
            data=each.data,
            sense=each.sense,
            data_out=each.data_out,
        )
        for each in records
    )


def _as_json(derived: Derived, agreement: Agreement) -> dict[str, Any]:
    return {
        "not_shown": list(derived.not_told),
        "unlike": list(derived.unlike),
        "replies": agreement.replies,
        "same": agreement.same,
        "others": {f"{opcode:02x}": number for opcode, number in agreement.others.items()},
        "sense_codes": [
            {"opcode": f"{opcode:02x}", "key": key, "asc": asc, "ascq": ascq}
            for opcode, key, asc, ascq in agreement.codes
        ],
    }


def _remarks(derived: Derived, agreement: Agreement) -> Iterator[str]:
    yield (
        f"replies to the recorded commands that are the same: {agreement.same} of"
        f" {agreement.replies}"
    )
    if agreement.others:
        yield f"not alike: {_listed(_opcode_words(agreement.others))}"
    if agreement.codes:
        words = (f"{key:02X}/{asc:02X}/{ascq:02X}" for _, key, asc, ascq in agreement.codes)
        yield f"sense codes that only changer sim fault makes it give: {_listed(words)}"
    for each in derived.unlike:
        yield f"not imitated: {each}"
    if derived.not_told:
        yield f"not shown by the trace, and as by default: {_listed(derived.not_told)}"


def _opcode_words(others: Mapping[int, int]) -> Iterable[str]:
    return (f"{number} of command {opcode:02X}h" for opcode, number in others.items())


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words)
