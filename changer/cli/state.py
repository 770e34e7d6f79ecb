"""``changer state``: list, check, copy and forget what the state store keeps."""

from __future__ import annotations

from argparse import Namespace

from changer.cli.application import Application
from changer.cli.output import columns, local_time
from changer.cli.parser import Command, Parser, file_name, store_name
from changer.store.protocol import Store
from changer.values import replace


def _configure(parser: Parser) -> None:
    functions = parser.add_functions()
    functions.add(
        "list",
        "list the libraries on record",
        examples=(
            ("state list", "list the libraries on record"),
            ("state list --json", "the same for a program"),
            ("state list --state /root/copy.db", "those in another store"),
        ),
    )
    functions.add(
        "check",
        "see that the store is sound, and say what is wrong with it",
        examples=(
            ("state check", "verify the store"),
            ("state check --json", "the same for a program"),
            ("state check --state /root/copy.db", "verify another store"),
        ),
    )
    init = functions.add(
        "init",
        "make a store where there is none, such as one of your own",
        examples=(
            ("state init", "make the host's store"),
            ("state init /tmp/mine/state.db", "make one of your own"),
            ("state init --dry-run", "see whether there is one"),
        ),
    )
    init.add_argument(
        "file", metavar="FILE", type=store_name, nargs="?", help="default: the current one"
    )
    init.add_dry_run()
    backup = functions.add(
        "backup",
        "copy the store to a file, while others use it",
        examples=(
            ("state backup /root/changer.backup", "copy the store to a file"),
            ("state backup /root/changer.backup --force", "replace an older backup"),
            ("state backup /root/copy.db --state ./mine.db", "copy another store"),
        ),
    )
    _add_file(backup, "the backup")
    backup.add_argument("--force", action="store_true", help="replace a file of that name")
    restore = functions.add(
        "restore",
        "restore the store from a backup",
        examples=(
            ("state restore /root/changer.backup", "ask first, then restore"),
            ("state restore /root/changer.backup --yes", "restore without asking"),
            ("state restore /root/changer.backup --dry-run", "show what would be restored"),
        ),
    )
    _add_file(restore, "the backup")
    restore.add_argument("--yes", action="store_true", help="do not ask")
    restore.add_dry_run()
    export = functions.add(
        "export",
        "write all that is kept as JSON, for another host",
        examples=(
            ("state export /root/changer.json", "write the store as JSON"),
            ("state export", "write it to standard output"),
            ("state export old.json --schema 6 --lossy", "for an older version of changer"),
        ),
    )
    _add_file(export, "standard output when it is missing", optional=True)
    export.add_argument("--force", action="store_true", help="replace a file of that name")
    export.add_argument(
        "--schema",
        metavar="N",
        choices=["6"],
        help="6: for the version of changer before several cleaning slots",
    )
    export.add_argument(
        "--lossy", action="store_true", help="leave out what that schema can't hold, and list it"
    )
    importing = functions.add(
        "import",
        "add what another store has exported",
        examples=(
            ("state import /root/changer.json", "add the libraries of another host"),
            ("state import /root/changer.json --dry-run", "show what would be added"),
            ("state import - --replace", "read standard input, and replace what is known here"),
        ),
    )
    _add_file(importing, "what was exported; - is standard input")
    importing.add_argument(
        "--replace", action="store_true", help="also libraries of which something is kept here"
    )
    importing.add_dry_run()
    forget = functions.add(
        "forget",
        "delete all about a library: slots, cleaners, history",
        examples=(
            ("state forget QUANTUM_SL3_0001", "ask first, then delete"),
            ("state forget sim:demo --yes", "delete without asking"),
            ("state forget QUANTUM_SL3_0001 --dry-run", "show what would be deleted"),
        ),
    )
    forget.add_argument(
        "forgotten", metavar="LIBRARY", help="its id, part of one, its alias, or its device"
    )
    forget.add_argument("--yes", action="store_true", help="do not ask")
    forget.add_argument(
        "--force", action="store_true", help="also while a move or an operation is open"
    )
    forget.add_dry_run()
    gone = functions.add(
        "forget-host",
        "declare that a host which shared the store is gone for good",
        examples=(
            ("state forget-host backup2", "ask first, then believe it"),
            ("state forget-host backup2 --yes", "believe it without asking"),
            ("state forget-host backup2 --dry-run", "show which libraries it was on record for"),
        ),
    )
    gone.add_argument("host", metavar="HOST", help="its name: changer reservation")
    gone.add_argument("--yes", action="store_true", help="do not ask")
    gone.add_dry_run()


def _add_file(parser: Parser, what: str, *, optional: bool = False) -> None:
    parser.add_argument(
        "file", metavar="FILE", type=file_name, nargs="?" if optional else None, help=what
    )


def _run(application: Application, arguments: Namespace) -> int:
    if arguments.function == "check":
        from changer.cli.state_report import check

        return check(application)
    if arguments.function == "init":
        return _init(application, arguments)
    if arguments.function in ("backup", "restore", "export", "import"):
        from changer.cli import state_files

        functions = {
            "backup": state_files.backup,
            "restore": state_files.restore,
            "export": state_files.export,
            "import": state_files.import_document,
        }
        return functions[arguments.function](application, arguments)
    if arguments.function == "forget":
        from changer.cli.state_forget import forget

        return forget(application, arguments)
    if arguments.function == "forget-host":
        from changer.cli.state_forget_host import forget_host

        return forget_host(application, arguments)
    with application.open_store() as store:
        return _list(application, store)


def _init(application: Application, arguments: Namespace) -> int:
    request = application.request()
    request = replace(request, state=arguments.file or request.state)
    path, coordination = request.paths.state, request.coordination
    is_new = coordination.make_store(dry_run=arguments.dry_run)
    application.output.print_json(
        "state-init", {"path": str(path), "is_new": is_new, "done": not arguments.dry_run}
    )
    made = f"{'would be' if arguments.dry_run else 'is'} made"
    told = made if is_new else "is a state store already"
    application.output.print(f"{path} {told}")
    return 0


def _list(application: Application, store: Store) -> int:
    records = store.libraries()
    aliases = {each.id: application.configuration.settings(each.id).alias for each in records}
    libraries = [
        {
            "id": each.id,
            "alias": aliases[each.id],
            "device": each.device,
            "reserved_address": next(iter(_reserved(store, each.id)), None),
            "reserved_addresses": _reserved(store, each.id),
            "cleaners": _labels(store, each.id),
        }
        for each in records
    ]
    application.output.print_json("state", {"libraries": libraries})
    rows = [
        (
            f"{each.id} ({alias})" if (alias := aliases[each.id]) else each.id,
            each.device or "-",
            f"last seen {local_time(each.last_seen_at)}",
        )
        for each in records
    ]
    application.output.print(columns(rows, indent=0) or "the store knows no library yet")
    return 0


def _reserved(store: Store, library_id: str) -> list[int]:
    return [each.slot_address for each in store.reservations(library_id)]


def _labels(store: Store, library_id: str) -> list[str]:
    """Of the cleaners at home in a reserved slot."""
    at_home = (each for each in store.cleaners(library_id) if each.slot_address is not None)
    return [each.volume_tag for each in at_home if each.volume_tag is not None]


COMMANDS = {
    "state": Command(
        _configure,
        _run,
        examples=(
            ("state list", "list the libraries on record"),
            ("state check", "verify the store"),
            ("state backup /root/changer.backup", "copy the store to a file"),
        ),
    )
}
