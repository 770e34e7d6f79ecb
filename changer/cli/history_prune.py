"""``changer history prune``: delete what is old, but for what is still needed."""

from __future__ import annotations

from argparse import Namespace

from changer.cli.application import Application
from changer.cli.output import count, local_time, require_yes
from changer.cli.time_argument import point_in_time
from changer.errors import UsageError
from changer.host.clock import utc_time
from changer.store.protocol import Store

_OF_LOOKING = ("since", "until", "drive", "user", "failed", "limit")


def prune(application: Application, arguments: Namespace) -> int:
    """Say what is to be deleted, ask, and delete it."""
    if arguments.before is None:
        raise UsageError(
            "--before TIME is missing", hint="name one: changer history prune --before 2026-01-01"
        )
    for name in _OF_LOOKING:
        if getattr(arguments, name):
            raise UsageError(f"--{name} is not an option of changer history prune")
    clock = application.request().clock
    before = point_in_time(arguments.before, now=clock.now(), is_end=False)
    if arguments.all:
        with application.acting_store(arguments) as store:
            return _prune(application, arguments, store, _ids(store), before)
    with application.open_library("read") as library:
        library_id = library.id
    with application.acting_store(arguments) as store:
        return _prune(application, arguments, store, [library_id], before)


def _ids(store: Store) -> list[str]:
    return [each.id for each in store.libraries()]


def _prune(
    application: Application,
    arguments: Namespace,
    store: Store,
    library_ids: list[str],
    before: float,
) -> int:
    when = local_time(before)
    if not (arguments.yes or arguments.dry_run):
        which = "all libraries" if arguments.all else ", ".join(library_ids)
        require_yes(
            "pruning the history",
            f"Delete the history of {which} before {when}, except what is still needed?",
            otherwise="nothing was deleted",
        )
    application.progress.step("deleting old history")
    pruned = [store.prune_history(each, before=before) for each in library_ids]
    moves = sum(each.moves for each in pruned)
    operations = sum(each.operations for each in pruned)
    application.output.print_json(
        "pruned",
        {
            "before": utc_time(before),
            "libraries": [
                {"id": library_id, "moves": each.moves, "operations": each.operations}
                for library_id, each in zip(library_ids, pruned, strict=True)
            ],
        },
    )
    application.output.print(
        f"{count(moves, 'move')} and {count(operations, 'operation')} before {when} deleted"
    )
    return 0
