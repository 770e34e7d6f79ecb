"""``changer trace``: what ``--trace`` recorded, made fit to publish."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from changer.cli.application import Application
from changer.cli.output import count, write
from changer.cli.parser import Command, Parser, file_name
from changer.errors import UsageError
from changer.values import chosen

if TYPE_CHECKING:
    from changer.doctor.gathering.trace_sharing import SharedTrace
    from changer.doctor.traces.share import LeftOut

_LOOK_SECONDS = 10.0


def _configure(parser: Parser) -> None:
    functions = parser.add_functions()
    share = functions.add(
        "share",
        "replace names in a trace, so that it can be published",
        epilog=(
            "Replaces serial numbers, labels, world wide names, reservation keys, and names of\n"
            "hosts, users and devices by others of the same form and length, the same value\n"
            "everywhere by the same one. What may name something, and is not known, is blanked,\n"
            "and listed. Read the result before you publish it."
        ),
        examples=(
            ("trace share report.jsonl --output shared.jsonl", "write another file"),
            ("trace share report.jsonl", "print it"),
            ("trace share it.jsonl --output public.jsonl --force", "replace an older file"),
        ),
    )
    share.add_argument("file", metavar="FILE", type=file_name, help="the trace")
    share.add_argument(
        "--output",
        metavar="FILE",
        type=file_name,
        help="the file to write (default: standard output)",
    )
    share.add_argument("--force", action="store_true", help="replace that file if it exists")


def _run(application: Application, arguments: Namespace) -> int:
    if arguments.output is None and (arguments.force or application.options.json):
        what = "--force" if arguments.force else "--json"
        raise UsageError(f"{what} is for --output FILE")
    from changer.doctor.gathering.trace_sharing import SharedTrace

    names, host = _origin(application)
    application.progress.step(f"reading {arguments.file}")
    import secrets

    shared = SharedTrace(arguments.file, names=names, host=host, draw=secrets.randbelow)
    application.progress.step("replacing names")
    if arguments.output is None:
        application.progress.rest()
        for piece in shared.pieces():
            write(piece.decode())
    else:
        _write(application, arguments, shared)
    for line in map(_words, shared.left_out):
        application.warn(line)
    if shared.is_shared:
        application.warn(f"{arguments.file} was shared before, and is the same in the result")
    return 0


def _write(application: Application, arguments: Namespace, shared: SharedTrace) -> None:
    from changer.store.maintenance.backup import write_output

    state = Path(application.request().paths.state)
    write_output(arguments.output, shared.pieces(), replace=arguments.force, store=state)
    application.progress.rest()
    application.output.print_json(
        "trace-shared",
        {
            "file": str(arguments.file),
            "output": str(arguments.output),
            "names": shared.count,
            "is_shared": shared.is_shared,
            "left_out": [chosen(each, "what", "times", "size") for each in shared.left_out],
        },
    )
    application.output.print(
        f"{arguments.output}: {count(shared.count, 'name')} replaced; read it before you publish it"
    )


def _words(left_out: LeftOut) -> str:
    times = f" ({count(left_out.times, 'time')}, {count(left_out.size, 'byte')})"
    return f"left out: {left_out.what}{times}"


def _origin(application: Application) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of this host and its users, and what is said of the host."""
    from changer.doctor.gathering import machine, programs
    from changer.doctor.gathering.bounded import within
    from changer.doctor.gathering.origin import names_of_host
    from changer.doctor.report import version_lines

    told = within(_LOOK_SECONDS, "this system", machine.machine)
    sg_raw = within(_LOOK_SECONDS, "sg3-utils", programs.sg_raw)
    names = tuple(names_of_host(application.request()))
    return names, tuple(version_lines(told, sg_raw))


COMMANDS = {
    "trace": Command(
        _configure,
        _run,
        examples=(
            ("trace share report.jsonl --output shared.jsonl", "make a trace fit to publish"),
            ("trace share report.jsonl", "print what would be published"),
            ("trace share report.jsonl --output shared.jsonl --json", "list what is left out"),
        ),
    )
}
