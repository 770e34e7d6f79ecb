"""``changer sim``: virtual libraries, to try everything without hardware."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from changer.cli.application import Application
from changer.cli.attachment import (
    attach,
    attached_names,
    configure_attach,
    configure_detach,
    detach,
)
from changer.cli.output import columns
from changer.cli.parser import Command, Examples, Functions, Parser, file_name, offer, whole_number
from changer.errors import SimulatorRefused, UsageError
from changer.host.clock import SystemClock
from changer.library.choose import simulated_folder

_NUMBERS = {
    "slots": "slots",
    "drives": "drives",
    "mail": "mail slots",
    "cleaners": "cleaning cartridges",
}


def _configure(parser: Parser) -> None:
    from changer.simulator.fault_words import FAULTS
    from changer.simulator.operator_actions import ACTIONS
    from changer.simulator.profile import Profile
    from changer.simulator.profiles.table import DEFAULT_PROFILE, PROFILES

    functions = parser.add_functions()
    create = functions.add(
        "create",
        "make a virtual library",
        epilog="profiles: " + ", ".join(PROFILES),
        examples=(
            ("sim create it", "make an autoloader"),
            ("sim create big --profile large", "make a large library"),
            ("sim create it --from-trace report.jsonl", "imitate a recorded library"),
        ),
    )
    create.add_argument("name", metavar="NAME")
    profile = create.add_argument("--profile", help=f"its kind (default: {DEFAULT_PROFILE})")
    offer(profile, lambda: PROFILES)
    create.add_argument(
        "--from-trace",
        metavar="FILE",
        type=file_name,
        help="imitate the library of which --trace recorded this",
    )
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
    functions.add(
        "profiles",
        "list the kinds of virtual libraries, and the documents that they follow",
        examples=(
            ("sim profiles", "list the kinds of virtual libraries"),
            ("sim profiles --json", "the same for a program"),
            ("-l sim:it -v status", "see what is known of the model of one"),
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
        "profiles": _profiles,
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
    from changer.simulator.profiles.table import DEFAULT_PROFILE

    overrides = {
        name: getattr(arguments, name)
        for name in (*_NUMBERS, "serial")
        if getattr(arguments, name) is not None
    }
    overrides |= dict(parse_override(each) for each in arguments.set)
    if arguments.from_trace is not None:
        if arguments.profile is not None:
            raise UsageError("--profile and --from-trace exclude each other")
        from changer.cli.sim_from_trace import create_from

        create_from(
            application, arguments.name, arguments.from_trace, folder=folder, overrides=overrides
        )
        return
    create(arguments.name, folder=folder, profile=arguments.profile or DEFAULT_PROFILE, **overrides)
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


def _profiles(application: Application, arguments: Namespace, folder: Path) -> None:  # noqa: ARG001
    from changer.cli.sim_profiles import show_profiles

    show_profiles(application)


def _show(application: Application, arguments: Namespace, folder: Path) -> None:
    from changer.cli.sim_show import show

    show(application, arguments, folder)


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
