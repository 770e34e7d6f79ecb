"""``changer reservation``: who has reserved a library by SCSI, and what that reaches."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from changer.cli.application import Application
from changer.cli.output import columns, library_json
from changer.cli.parser import Command, Parser
from changer.library.reservation import key_words, parse_key, reservation_words

if TYPE_CHECKING:
    from changer.library.fence_reach import Probe
    from changer.smc.persistent_reserve import Reservation


def _configure(parser: Parser) -> None:
    parser.epilog = (
        "Sends commands that every host may send (PERSISTENT RESERVE IN, INQUIRY), and changes\n"
        "nothing. Compare the port with what the other hosts show: a reservation is sure to keep\n"
        "out the hosts at the same port, and perhaps no others."
    )


def _run(application: Application, arguments: Namespace) -> int:  # noqa: ARG001
    with application.open_library("look") as library:
        from changer.library.fence_reach import parse_port, probe

        noted = library.context.coordination.ports(library.id)
        others = {host: parse_port(text) for host, text in noted.items()}
        told = probe(library.session, library.identity, others=others)
        is_fenced = bool(told.seen and told.seen.fences)
        awaited = library.context.coordination.awaited(library.id) if is_fenced else ()
        document = {"library": library_json(library), **_as_json(told, awaited)}
        application.output.print_json("reservation", document)
        lines = [*_lines(told), *_listed("awaited", list(awaited))]
        application.output.print(columns(lines, indent=0))
    return 0


def _as_json(told: Probe, awaited: tuple[str, ...]) -> dict[str, Any]:
    seen = told.seen
    return {
        "reserved_by": None if seen is None else [_holder_json(each) for each in seen.held],
        "registered": None if seen is None else [_key_json(key) for key in seen.keys],
        "port": [{"type": kind, "name": name.hex()} for kind, name in sorted(told.port)],
        "reach": told.reach.value,
        "why": list(told.reasons),
        "awaited": list(awaited),
    }


def _holder_json(reservation: Reservation) -> dict[str, Any]:
    return {
        **_key_json(reservation.key),
        "type": reservation.type,
        "whole_library": reservation.is_of_unit,
    }


def _key_json(key: bytes) -> dict[str, Any]:
    own = parse_key(key)
    return {"key": key.hex(), "host": own and own.host, "epoch": own and own.epoch}


def _lines(told: Probe) -> Iterator[tuple[str, str]]:
    from changer.library.fence_reach import port_words

    if told.seen is not None:
        holders = [reservation_words(each) for each in told.seen.held] or ["nobody"]
        yield from _listed("reserved by", holders)
        yield from _listed("registered", [key_words(key) for key in told.seen.keys] or ["nobody"])
    yield "port", port_words(told.port) if told.port else "not named by the library"
    yield "reach", told.reach.value
    yield from _listed("", list(told.reasons))


def _listed(name: str, rows: list[str]) -> Iterator[tuple[str, str]]:
    for number, row in enumerate(rows):
        yield ("" if number else name), row


COMMANDS = {
    "reservation": Command(
        _configure,
        _run,
        examples=(
            ("reservation", "whose reservation a command met (exit status 18)"),
            ("-l sim:demo reservation", "the same of a virtual library"),
            ("reservation --json", "keys, the port and the reach for a program"),
        ),
    )
}
