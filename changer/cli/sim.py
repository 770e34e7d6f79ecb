"""``changer sim``: virtual libraries, to try everything without hardware."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from changer.cli.application import Application
from changer.cli.attachment import (
    attach,
    attached_names,
    configure_attach,
    configure_detach,
    detach,
)
from changer.cli.output import chosen, columns, count
from changer.cli.parser import Command, Examples, Functions, Parser, offer, whole_number
from changer.errors import SimulatorRefused
from changer.host.clock import SystemClock
from changer.library.choose import simulated_folder

if TYPE_CHECKING:
    from changer.simulator.description import Description
    from changer.simulator.fault import Fault
    from changer.simulator.state import Cartridge

_NUMBERS = {
    "slots": "slots",
    "drives": "drives",
    "mail": "mail slots",
    "cleaners": "cleaning cartridges",
}
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


def _configure(parser: Parser) -> None:
    from changer.simulator.fault_words import FAULTS
    from changer.simulator.operator_actions import ACTIONS
    from changer.simulator.profile import Profile
    from changer.simulator.profiles import DEFAULT_PROFILE, PROFILES

    functions = parser.add_functions()
    create = functions.add(
        "create",
        "make a virtual library",
        epilog="profiles: " + ", ".join(PROFILES),
        examples=(
            ("sim create it", "make an autoloader"),
            ("sim create big --profile large", "make a large library"),
            ("sim create it --slots 24 --drives 2", "choose its size"),
        ),
    )
    create.add_argument("name", metavar="NAME")
    profile = create.add_argument(
        "--profile", default=DEFAULT_PROFILE, help=f"its kind (default: {DEFAULT_PROFILE})"
    )
    offer(profile, lambda: PROFILES)
    for what, words in _NUMBERS.items():
        create.add_argument(f"--{what}", metavar="N", type=_number, help=f"how many {words}")
    create.add_argument("--serial", metavar="TEXT", help="its serial number")
    changed = create.add_argument(
        "--set",
        metavar="FIELD=VALUE",
        action="append",
        default=[],
        help="any field of its profile; a wrong one lists them",
    )
    offer(changed, lambda: [f"{name}=" for name in Profile.__annotations__])
    functions.add(
        "list",
        "list virtual libraries",
        examples=(
            ("sim list", "list virtual libraries"),
            ("sim list --json", "the same for a program"),
            ("-l sim:demo status", "look at the library that always exists"),
        ),
    )
    show = functions.add(
        "show",
        "show what one truly holds, its faults, and what it was asked",
        examples=(
            ("sim show demo", "show what it really holds"),
            ("sim show demo --json", "the same for a program"),
            ("sim show it", "show another one"),
        ),
    )
    show.add_argument("name", metavar="NAME")
    _add_table(
        functions,
        "fault",
        "make something go wrong, or right again",
        FAULTS,
        examples=(
            ("sim fault demo magazine-out 2", "take magazine 2 out"),
            ("sim fault demo hang drive:0", "drive 0 stops answering"),
            ("sim fault demo clear", "end every fault"),
        ),
    )
    _add_table(
        functions,
        "operator",
        "do what someone does by hand",
        ACTIONS,
        examples=(
            ("sim operator demo put A00009L8 mail:1", "put a cartridge into mail slot 1"),
            ("sim operator demo take mail:1", "take it out again"),
            ("sim operator demo remove 12", "take the cartridge out of slot 12"),
        ),
    )
    configure_attach(functions)
    configure_detach(functions)
    delete = functions.add(
        "delete",
        "delete a virtual library",
        examples=(
            ("sim delete it", "delete a virtual library"),
            ("sim delete it --dry-run", "check that it can be deleted"),
            ("sim delete it --json", "delete it, with a document for a program"),
        ),
    )
    delete.add_argument("name", metavar="NAME")
    for each in (create, delete):
        each.add_dry_run()


def _add_table(
    functions: Functions, name: str, summary: str, table: Mapping[str, Any], examples: Examples
) -> None:
    rows = [(f"{row.name} {row.arguments}".rstrip(), row.help) for row in table.values()]
    listed = "\n".join(f"  {usage}\n      {text}" for usage, text in rows)
    parser = functions.add(name, summary, epilog=f"WORD:\n{listed}", examples=examples)
    parser.add_argument("name", metavar="NAME")
    words = parser.add_argument("words", metavar="WORD", nargs="+", help="as below")
    offer(words, lambda: table)
    parser.add_dry_run()


def _number(text: str) -> int:
    return whole_number(text, least=0, most=65535)


def _run(application: Application, arguments: Namespace) -> int:
    import os

    folder = simulated_folder(os.environ)
    functions = {
        "create": _create,
        "list": _list,
        "show": _show,
        "fault": _fault,
        "operator": _operator,
        "attach": attach,
        "detach": detach,
        "delete": _delete,
    }
    if getattr(arguments, "dry_run", False):
        from changer.cli.dry_run import folder_dry_run

        with folder_dry_run(folder, application.output) as copied:
            functions[arguments.function](application, arguments, copied)
        return 0
    functions[arguments.function](application, arguments, folder)
    return 0


def _create(application: Application, arguments: Namespace, folder: Path) -> None:
    from changer.simulator.creation import create, parse_override

    overrides = {
        name: getattr(arguments, name)
        for name in (*_NUMBERS, "serial")
        if getattr(arguments, name) is not None
    }
    overrides |= dict(parse_override(each) for each in arguments.set)
    create(arguments.name, folder=folder, profile=arguments.profile, **overrides)
    application.output.print_json("sim-created", {"name": arguments.name})
    application.output.print(
        f"sim:{arguments.name} is there: changer -l sim:{arguments.name} status"
    )


def _list(application: Application, arguments: Namespace, folder: Path) -> None:  # noqa: ARG001
    from changer.simulator.catalogue import names
    from changer.simulator.profile import DEMO

    known = sorted({DEMO, *names(folder)})
    attached = attached_names(known)
    application.output.print_json("sim-list", {"libraries": known, "attached": attached})
    rows = [
        (f"sim:{name}", f"attached by process {attached[name]}" if name in attached else "")
        for name in known
    ]
    application.output.print(columns(rows, indent=0))


def _show(application: Application, arguments: Namespace, folder: Path) -> None:
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


def _fault(application: Application, arguments: Namespace, folder: Path) -> None:
    from changer.simulator.operator_api import set_fault

    words = " ".join(arguments.words)
    set_fault(arguments.name, words, folder=folder, clock=SystemClock())
    application.output.print_json("sim-fault", {"name": arguments.name, "fault": words})
    application.output.print(f"sim:{arguments.name}: {words}")


def _operator(application: Application, arguments: Namespace, folder: Path) -> None:
    from changer.simulator.operator_api import operate

    words = " ".join(arguments.words)
    operate(arguments.name, words, folder=folder, clock=SystemClock())
    application.output.print_json("sim-operator", {"name": arguments.name, "action": words})
    application.output.print(f"sim:{arguments.name}: {words}")


def _delete(application: Application, arguments: Namespace, folder: Path) -> None:
    from changer.simulator.catalogue import delete

    if owner := attached_names([arguments.name]):
        raise SimulatorRefused(
            f"sim:{arguments.name} is attached, by process {owner[arguments.name]}",
            hint=f"changer sim detach {arguments.name}",
        )
    delete(arguments.name, folder=folder)
    application.output.print_json("sim-deleted", {"name": arguments.name})
    application.output.print(f"sim:{arguments.name} is gone")


COMMANDS = {
    "sim": Command(
        _configure,
        _run,
        examples=(
            ("sim create it --profile autoloader", "make a virtual library"),
            ("sim fault it magazine-out 2", "take its second magazine out"),
            ("-l sim:it status", "see what became of it"),
        ),
    )
}
