"""A call of each method of a store, what comes before it, and its round trips to a server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from changer.errors import NtmsResult
from changer.store.protocol import Store
from changer.store.records import DriveIdentity, JournalQuery, Move

from .store_support import LIBRARY, begin_clean, eject, insert, remember, reserve

Call = Callable[[Store], object]
DONE = NtmsResult("ERROR_SUCCESS", 0)
SEEN: Any = {
    "vendor": "IBM", "product": "3573-TL", "revision": "C.10", "serial": None, "device": None
}  # fmt: skip
DRIVES = [DriveIdentity(256, "1"), DriveIdentity(257, "2")]


def newest(store: Store) -> str:
    return store.operations(LIBRARY)[0].id


def _with_operation(kind: Any, call: Callable[[Store, str], object]) -> tuple[Call, Call]:
    """First begin an operation, which is not counted."""
    ids: list[str] = []
    return (
        lambda store: ids.append(store.begin_operation(LIBRARY, kind).id),
        lambda store: call(store, ids.pop()),
    )


def nothing(_store: Store) -> None:
    pass


def read(call: Call) -> tuple[Call, Call, int]:
    return nothing, call, 1


# A transaction takes two: to begin, with the order of writers and all checks, and to commit.
CALLS: dict[str, tuple[Call, Call, int]] = {
    "libraries": read(lambda store: store.libraries()),
    "library": read(lambda store: store.library(LIBRARY)),
    "reservations": read(lambda store: store.reservations(LIBRARY)),
    "cleaners": read(lambda store: store.cleaners(LIBRARY)),
    "claims": read(lambda store: store.claims(LIBRARY)),
    "operations": read(lambda store: store.operations(LIBRARY)),
    "operation": read(lambda store: store.operation("x")),
    "find_operations": read(lambda store: store.find_operations(JournalQuery(LIBRARY), limit=9)),
    "cleanings_since": read(lambda store: store.cleanings_since(LIBRARY, 0.0)),
    "cleaning_trials": read(lambda store: store.cleaning_trials(LIBRARY)),
    "transfers": read(lambda store: store.transfers("x")),
    "drive_condition": read(lambda store: store.drive_condition("1")),
    "drive_conditions": read(lambda store: store.drive_conditions(LIBRARY)),
    "unfinished_operations": read(lambda store: store.unfinished_operations(LIBRARY)),
    "unsettled_moves": read(lambda store: store.unsettled_moves(LIBRARY)),
    "moves_of_operation": read(lambda store: store.moves_of_operation("x")),
    "moves": read(lambda store: store.moves(LIBRARY)),
    "find_moves": read(lambda store: store.find_moves(JournalQuery(LIBRARY), limit=9)),
    "move_totals": read(lambda store: store.move_totals(LIBRARY)),
    "operation_totals": read(lambda store: store.operation_totals(LIBRARY)),
    "label_mark": read(lambda store: store.label_mark(LIBRARY, 0, 9)),
    "shown_labels": read(lambda store: store.shown_labels(LIBRARY, 0, 9)),
    "sightings": read(lambda store: store.sightings(LIBRARY, "A")),
    "labels": read(lambda store: store.labels(LIBRARY)),
    "drives": read(lambda store: store.drives(LIBRARY)),
    "capabilities": read(lambda store: store.capabilities(LIBRARY)),
    "lasts": read(lambda store: store.lasts(LIBRARY, "move-open")),
    "drop_long_gone": read(lambda store: store.drop_long_gone(LIBRARY, kept_days=1)),
    # What is known already is not written again.
    "remember_library": read(lambda store: remember(store)),
    "replace_drives": (
        lambda store: store.replace_drives(LIBRARY, DRIVES),
        lambda store: store.replace_drives(LIBRARY, DRIVES),
        1,
    ),
    "learn_capability": (
        lambda store: store.learn_capability(LIBRARY, "x", "no"),
        lambda store: store.learn_capability(LIBRARY, "x", "no"),
        1,
    ),
    "forget_drives": read(lambda store: store.forget_drives(LIBRARY)),
    "forget_capabilities": read(lambda store: store.forget_capabilities(LIBRARY)),
    "prevent_removal": (nothing, lambda store: store.prevent_removal(LIBRARY, prevented=True), 4),
    "begin_operation": (nothing, lambda store: store.begin_operation(LIBRARY, "clean"), 5),
    "finish_operation": (
        *_with_operation(
            "clean",
            lambda store, one: store.finish_operation(
                one, state="failed", result=DONE, message=None
            ),
        ),
        5,
    ),
    "describe_operation": (
        *_with_operation("clean", lambda store, one: store.describe_operation(one, slot_address=1)),
        3,
    ),
    "set_waiting": (
        *_with_operation(
            "clean", lambda store, one: store.set_waiting(one, waiting_for="open the door")
        ),
        3,
    ),
    "request_stop": (*_with_operation("clean", lambda store, one: store.request_stop(one)), 3),
    "claim": (*_with_operation("clean", lambda store, one: store.claim(one, 256)), 5),
    "reserve": (
        *_with_operation("reserve", lambda store, one: store.reserve(one, slot_address=5)),
        8,
    ),
    "release": (
        lambda store: (reserve(store, 5), store.begin_operation(LIBRARY, "release")),
        lambda store: store.release(newest(store), slot_address=5),
        9,
    ),
    "insert_cleaner": (
        lambda store: (reserve(store, 5), store.begin_operation(LIBRARY, "insert")),
        lambda store: store.insert_cleaner(
            newest(store), slot_address=5, volume_tag="A", family="lto", cleans_left=5
        ),
        10,
    ),
    "eject_cleaner": (
        lambda store: (
            reserve(store, 5),
            insert(store, 5),
            store.begin_operation(LIBRARY, "eject"),
        ),
        lambda store: store.eject_cleaner(newest(store), slot_address=5),
        11,
    ),
    "lose_cleaner": (nothing, lambda store: store.lose_cleaner(LIBRARY, slot_address=5), 3),
    "count_use": (
        lambda store: (reserve(store, 5), insert(store, 5), begin_clean(store, 5)),
        lambda store: store.count_use(newest(store), still_requested=False),
        8,
    ),
    "reject_cleaner": (
        lambda store: (reserve(store, 5), insert(store, 5), begin_clean(store, 5)),
        lambda store: store.reject_cleaner(newest(store), why="worn"),
        6,
    ),
    "count_no_use": (*_with_operation("clean", lambda store, one: store.count_no_use(one)), 3),
    "begin_transfers": (
        *_with_operation("export", lambda store, one: store.begin_transfers(one, [("A", "A")])),
        6,
    ),
    "end_transfer": (
        *_with_operation("export", lambda store, one: store.end_transfer(one, 1, outcome="done")),
        3,
    ),
    "note_drive": (
        nothing,
        lambda store: store.note_drive("1", library_id=LIBRARY, cleaning_request=None),
        9,
    ),
    "drive_cleaned": (nothing, lambda store: store.drive_cleaned("1", library_id=LIBRARY), 9),
    "prune_history": (nothing, lambda store: store.prune_history(LIBRARY, before=0.0), 7),
    "record_labels": (
        nothing,
        lambda store: store.record_labels(
            LIBRARY,
            shown=[("A", 1, 1)],
            missed=[("B", 2)],
            read_at=1.0,
            is_whole=True,
            element_addresses="",
        ),
        5,
    ),
    "forget_library": (nothing, lambda store: store.forget_library(LIBRARY), 4),
    "rename_library": (nothing, lambda store: store.rename_library(LIBRARY, "new"), 17),
}


def _put_away(store: Store) -> None:
    reserve(store, 5)
    insert(store, 5, "A")
    eject(store, 5)


def _begin_move(store: Store) -> Move:
    return store.begin_move(LIBRARY, source_address=1, destination_address=2)


def _replace_drives(store: Store) -> None:
    store.replace_drives(LIBRARY, DRIVES)


def _learn(store: Store) -> None:
    store.learn_capability(LIBRARY, "curdata", "no")


# Each that writes, when there is something to write.
WRITES: dict[str, tuple[Call, Call]] = {
    **{name: (first, call) for name, (first, call, trips) in CALLS.items() if trips > 1},
    "remember_library": (nothing, remember),
    "replace_drives": (nothing, _replace_drives),
    "forget_drives": (_replace_drives, lambda store: store.forget_drives(LIBRARY)),
    "learn_capability": (nothing, _learn),
    "forget_capabilities": (_learn, lambda store: store.forget_capabilities(LIBRARY)),
    "drop_long_gone": (_put_away, lambda store: store.drop_long_gone(LIBRARY, kept_days=1)),
    "begin_move": (nothing, _begin_move),
    "finish_move": (
        _begin_move,
        lambda store: store.finish_move(
            store.unsettled_moves(LIBRARY)[0].id, outcome="completed", final_address=2
        ),
    ),
    "record": (
        nothing,
        lambda store: store.events().record(LIBRARY, lambda _: ((), ()), to_deliver=True),
    ),
    "delivered": (nothing, lambda store: store.events().delivered(1)),
}
