"""``changer sim show``: what a virtual library truly holds, its faults, and what it was asked."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from changer.cli.application import Application
from changer.cli.output import columns, count
from changer.host.clock import SystemClock
from changer.values import chosen

if TYPE_CHECKING:
    from changer.simulator.description import Description
    from changer.simulator.fault import Fault
    from changer.simulator.state import Cartridge

_ELEMENT = ("kind", "address", "place", "present")
_CARTRIDGE = (
    "tag",
    "medium_type",
    "source_address",
    "operator_placed",
    "cleans_used",
    "cleans_allowed",
)
_DRIVE = ("number", "address", "serial", "phase", "cleaned", "wants_cleaning", "flags")
_FAULT = (
    "name",
    "drive",
    "place",
    "address",
    "magazine",
    "sense",
    "times",
    "after",
    "every",
    "opcode",
    "seconds",
    "until",
    "left",
    "override",
    "stays",
    "value",
    "cleaning_failure",
)


def show(application: Application, arguments: Namespace, folder: Path) -> None:
    """Print what a virtual library truly holds, its faults, and what it was asked."""
    from changer.simulator.description import describe

    truth = describe(arguments.name, folder=folder, now=SystemClock().now())
    application.output.print_json("sim", _as_json(truth))
    application.output.print(_as_text(truth))


def _as_json(truth: Description) -> dict[str, Any]:
    commands, *drives = (
        {f"{opcode:02x}": number for opcode, number in counts.items()}
        for counts in (truth.commands, *truth.drive_commands)
    )
    return {
        "name": truth.name,
        "elements": [
            {**chosen(each, *_ELEMENT), "cartridge": _cartridge_json(each.cartridge)}
            for each in truth.elements
        ],
        "drives": [chosen(each, *_DRIVE) for each in truth.drives],
        "removed": {
            number: {address: _cartridge_json(each) for address, each in inside.items()}
            for number, inside in truth.removed.items()
        },
        "faults": [_fault_json(each) for each in truth.faults],
        **chosen(truth, "prevented", "mail_open", "flags"),
        "commands": commands,
        "drive_commands": drives,
    }


def _cartridge_json(cartridge: Cartridge | None) -> dict[str, Any] | None:
    return None if cartridge is None else chosen(cartridge, *_CARTRIDGE)


def _fault_json(fault: Fault) -> dict[str, Any]:
    content = chosen(fault, *_FAULT)
    if fault.sense is not None:
        content["sense"] = chosen(fault.sense, "key", "asc", "ascq")
    if (override := fault.override) is not None:
        flags = chosen(override, "exception", "full", "access", "disabled")
        additional = override.additional and chosen(override.additional, "asc", "ascq")
        content["override"] = {"additional": additional, **flags}
    return content


def _as_text(truth: Description) -> str:
    rows = []
    for element in truth.elements:
        cartridge = element.cartridge
        content = "empty" if cartridge is None else cartridge.tag or "(no label)"
        rows.append((element.place, content if element.present else "magazine out"))
    out = [
        f"magazine {number} is out, with " + count(len(inside), "cartridge")
        for number, inside in truth.removed.items()
    ]
    faults = [f"fault: {fault}" for fault in truth.faults]
    asked = sum(truth.commands.values())
    return "\n".join([columns(rows), *out, *faults, f"asked so far: {count(asked, 'command')}"])
