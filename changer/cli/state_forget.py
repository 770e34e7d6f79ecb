"""``changer state forget``: delete all that is kept of a library, under its lock."""

from __future__ import annotations

from argparse import Namespace
from contextlib import nullcontext

from changer.cli.application import Application
from changer.cli.output import require_yes
from changer.cli.state_files import libraries_locked
from changer.errors import AmbiguousLibrary, NoLibrary, StoreFailed, UsageError
from changer.library.alias import clashes_with
from changer.library.settings import Configuration
from changer.store.protocol import Store


def forget(application: Application, arguments: Namespace) -> int:
    """Show what is lost, ask, and delete it."""
    with application.acting_store(arguments) as store:
        library_id = known_id(store, arguments.forgotten, application.configuration)
        shown = _require_closed(store, library_id, force=arguments.force)
        if not (arguments.yes or arguments.dry_run):
            require_yes(
                f"forgetting {library_id}",
                f"Forget {library_id}: {', '.join([*shown, 'its history'])}, all that is kept?",
                otherwise="nothing was forgotten",
            )
        is_dry = arguments.dry_run
        with nullcontext() if is_dry else libraries_locked(application, [library_id]):
            if _require_closed(store, library_id, force=arguments.force) != shown:
                raise StoreFailed(f"{library_id} was used meanwhile", hint="try again")
            store.forget_library(library_id)
        application.output.print_json("forgotten", {"library": {"id": library_id}})
        application.output.print(f"{library_id} is forgotten")
    return 0


def _require_closed(store: Store, library_id: str, *, force: bool) -> list[str]:
    """What would be lost besides the history, in words.

    Raises UsageError for a move or an operation without a known end, unless ``force``.
    """
    found = _open_records(store, library_id)
    if found and not force:
        raise UsageError(
            f"{library_id} has open records: {'; '.join(found)}",
            hint="changer recover settles them; --force deletes them with all else",
        )
    reserved = [
        f"the reservation of slot @{each.slot_address}" for each in store.reservations(library_id)
    ]
    cleaners = [
        f"what is on record of the cleaner {each.volume_tag or 'without a label'}"
        for each in store.cleaners(library_id)
    ]
    return [*reserved, *cleaners, *found]


def _open_records(store: Store, library_id: str) -> list[str]:
    moves = [
        f"a move of {each.volume_tag or 'a cartridge without a label'} from @{each.source_address}"
        f" to @{each.destination_address}"
        for each in store.unsettled_moves(library_id)
    ]
    return [*moves, *(f"{each.kind} {each.id}" for each in store.unfinished_operations(library_id))]


def known_id(store: Store, name: str, configuration: Configuration) -> str:
    """The id of a library in the store, by that, a part of it, its alias, or its device.

    Raises UsageError, NoLibrary, AmbiguousLibrary.
    """
    records = store.libraries()
    ids = [each.id for each in records]
    aliased = configuration.id_of_alias(name)
    if aliased is not None:
        _refuse_clashes(name, aliased, ids)
    meant = aliased or name
    matching = [each.id for each in records if meant in (each.id, each.device)]
    if not matching and meant not in configuration.libraries:  # a whole id is no part of others
        matching = [each for each in ids if name.lower() in each.lower()]
    if len(matching) == 1:
        return matching[0]
    if matching:
        raise UsageError(f"more than one library is {name!r}", hint=", ".join(matching))
    known = f"it knows {', '.join(ids)}" if ids else "it knows none"
    also = f", which is the alias of {aliased}" if aliased else ""
    raise NoLibrary(f"the store knows no library {name!r}{also}", hint=known)


def _refuse_clashes(alias: str, library_id: str, ids: list[str]) -> None:
    for clash in clashes_with(alias, library_id, ids):
        raise AmbiguousLibrary(
            f"'{alias}' is the alias of {library_id}, and {clash.how} {clash.other_id}",
            hint="name the library by its id, or give it another alias",
        )
