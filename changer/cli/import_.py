"""``changer import``: what is in the mail slots, into free slots."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from changer.cli.application import Application
from changer.cli.many import TIMEOUT_HELP, say_how_to_stop
from changer.cli.output import columns, count, library_json
from changer.cli.parser import Command, Parser, seconds, whole_number
from changer.errors import UsageError
from changer.library.element_state import UNLABELLED

if TYPE_CHECKING:
    from changer.library.library import Library
    from changer.moves.imported import Imported, ImportedCartridge

_MOST = 65535


def _configure(parser: Parser) -> None:
    parser.add_dry_run()
    parser.add_argument(
        "--all", action="store_true", help="what is in the mail slots now, without waiting for more"
    )
    parser.add_argument(
        "--count", metavar="N", type=_count, help="end when N cartridges are imported"
    )
    parser.add_argument("--timeout", metavar="SECONDS", type=seconds, help=TIMEOUT_HELP)
    parser.epilog = (
        "Moves what is in the mail slots into the first free slots, and waits for more, until N\n"
        "are imported, or nothing is put in in time; Ctrl-C and changer operations stop end it."
    )


def _count(text: str) -> int:
    return whole_number(text, least=1, most=_MOST)


def _import(application: Application, arguments: Namespace) -> int:
    from changer.moves.import_ import import_cartridges

    if arguments.all and arguments.count is not None:
        raise UsageError("--all and --count exclude each other", hint="give one of them")
    with application.acting_library(arguments) as library:
        imported = import_cartridges(
            library,
            count=arguments.count,
            only_now=arguments.all,
            timeout_seconds=arguments.timeout,
            callbacks=say_how_to_stop(application),
            tell=application.progress.say,
        )
        _report(application, library, imported)
        imported.require_all_in()
    return 0


def _report(application: Application, library: Library, imported: Imported) -> None:
    error = imported.error
    application.output.print_json(
        "import",
        {
            "library": library_json(library),
            "operation_id": imported.operation_id,
            "complete": imported.is_complete,
            "ended_by": None if error is None else error.code,
            "cartridges": [_json(each) for each in imported.cartridges],
        },
    )
    rows = [_row(each) for each in imported.cartridges]
    if rows:
        application.output.print(columns(rows, indent=0))
    number = count(len(imported.in_slots), "cartridge")
    application.output.print(f"{number} imported into {library.id}")


def _row(cartridge: ImportedCartridge) -> tuple[str, str]:
    what = cartridge.volume_tag or UNLABELLED
    if cartridge.slot is not None:
        return what, f"{cartridge.source} -> {cartridge.slot}"
    word = "left alone" if cartridge.is_left_alone else "not imported"
    return what, f"{cartridge.source}  {word}: {cartridge.why}"


def _json(cartridge: ImportedCartridge) -> dict[str, Any]:
    return {
        "volume_tag": cartridge.volume_tag,
        "source": str(cartridge.source),
        "slot": None if cartridge.slot is None else str(cartridge.slot),
        "left_alone": cartridge.is_left_alone,
        "why": cartridge.why,
    }


COMMANDS = {
    "import": Command(
        _configure,
        _import,
        examples=(
            ("import --all", "move what is in the mail slots now into free slots"),
            ("import --count 12", "go on until twelve cartridges are in"),
            ("import --all --dry-run", "which slots they would go to"),
        ),
    )
}
