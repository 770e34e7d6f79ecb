"""Export for the version before: exact where everything fits, else refused or said line by line."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from changer.errors import UsageError
from changer.store.database import SCHEMA_VERSION
from changer.store.maintenance.document import from_document, to_document
from changer.store.maintenance.export import Exported, exported
from changer.store.maintenance.inspection import damage
from changer.store.maintenance.older_schema import OLDER_SCHEMAS, as_older_schema
from changer.store.protocol import Store
from changer.store.schema import new_schema
from changer.store.table_columns import LIBRARIES, tables_of

from .any_store import filled, stores
from .store_files import L700, RESERVED, STORES, TL, Rows, kept_store, octets
from .store_support import LIBRARY, TAG, begin_clean, eject, insert, release, remember, reserve

A, B = 12, 13
MANY = ("export", "import")  # kinds of operations, since schema 8
NEW_IN_8 = ("cleans_told", "drive", "still_requested", "command")  # columns of operations
# What the version of schema 6 wrote of schema-6.db.
WRITTEN = STORES / "schema-6.json"


def back(path: Path, *, lossy: bool = False) -> Exported:
    return exported(path, exported_at=1.5, host="old", schema=6, lossy=lossy)


def library_of(document: dict[str, Any], library_id: str = LIBRARY) -> dict[str, Any]:
    (found,) = (each for each in document[LIBRARIES] if each["id"] == library_id)
    return dict(found)


def assert_fits_older(document: dict[str, Any], version: int = 6) -> None:
    """Every table and column is one of that schema, and the rows make sense there."""
    with closing(new_schema(version)) as model:
        columns = {each.name: {*each.names} - {"library_id"} for each in tables_of(model)}
    for library in document[LIBRARIES]:
        lists = {name: rows for name, rows in library.items() if isinstance(rows, list)}
        assert all({*row} == columns[name] for name, rows in lists.items() for row in rows)
    with closing(from_document(json.dumps(document).encode())) as store:
        assert damage(store) == []


def test_what_came_from_that_version_goes_back_as_that_version_would_write_it(
    tmp_path: Path,
) -> None:
    path = kept_store(6, tmp_path)
    written = json.loads(WRITTEN.read_text())
    written |= {"exported_at": 1.5, "host": "old"}
    document, contents, left_out = back(path)
    assert document == written
    assert left_out == ()
    assert contents.schema_version == 6


def test_what_has_no_place_there_is_named_and_refused(tmp_path: Path) -> None:
    path = kept_store(SCHEMA_VERSION, tmp_path)
    before = octets(tmp_path)
    with pytest.raises(UsageError, match="nothing was exported") as caught:
        back(path)
    assert "--lossy" in (caught.value.hint or "")
    document, contents, left_out = back(path, lossy=True)
    assert all(each in caught.value.message for each in left_out)
    assert left_out == (
        f"{TL}: that moves and operations were pruned from its history (8)",
        f"{L700}: that moves and operations were pruned from its history (8)",
        f"{TL}: exports and imports in its history (3)",
        f"{TL}: labels that it no longer shows (1)",
        f"{TL}: events that were not delivered to any program (1)",
        f"{TL}: the reservation of slot @4101",
        f"{TL}: the reservation of slot @4102",
        f"{TL}: the cleaner CLNU02L1, of slot @4101 (0 left)",
        f"{TL}: the cleaner CLNU03L1, which is away (13 left)",
        f"{TL}: the cleaner CLNU04L1, which is away (12 left)",
    )
    assert octets(tmp_path) == before
    assert document["store_schema"] == 6
    assert_fits_older(document)
    assert {each.id: each.reserved_address for each in contents.libraries} == RESERVED
    for library in (TL, L700):
        (slot,) = library_of(document, library)["reservations"]
        assert slot["slot_address"] == RESERVED[library]
    (cleaner,) = library_of(document, TL)["cleaners"]
    assert cleaner == {
        "volume_tag": "CLNU01L1",
        "cleans_left": 49,
        "last_used_at": cleaner["last_used_at"],
    }
    newest = exported(path, exported_at=1.5, host="old").document
    known = library_of(newest, TL)
    known["operations"] = [
        {name: value for name, value in each.items() if name not in NEW_IN_8}
        for each in known["operations"]
        if each["kind"] not in MANY
    ]
    for row in known["moves"]:
        del row["command"]  # which says no more than who did it
    for table in ("operations", "moves", "drives", "drive_conditions"):
        assert library_of(document, TL)[table] == known[table]


def test_the_slot_that_was_reserved_first_is_the_one_that_goes_back(
    store: Store, path: Path
) -> None:
    for address in (B, A):
        reserve(store, address)
        insert(store, address, f"CLN0{address}CU", address)
    library = library_of(back(path, lossy=True).document)
    assert [each["slot_address"] for each in library["reservations"]] == [B]
    assert [each["volume_tag"] for each in library["cleaners"]] == [f"CLN0{B}CU"]
    release(store, B)
    library = library_of(back(path, lossy=True).document)
    assert [each["slot_address"] for each in library["reservations"]] == [A]
    assert [each["cleans_left"] for each in library["cleaners"]] == [A]


def test_one_that_is_used_up_needs_no_word(store: Store, path: Path) -> None:
    reserve(store, A)
    insert(store, A, TAG, 5)
    store.count_use(begin_clean(store, A), spent=True, why="drive 0: it is expired")
    document, _, left_out = back(path)
    assert left_out == ()
    assert [each["cleans_left"] for each in library_of(document)["cleaners"]] == [0]


def test_one_that_was_rejected_is_not_used_again_there(store: Store, path: Path) -> None:
    reserve(store, A)
    insert(store, A, TAG, 5)
    store.reject_cleaner(begin_clean(store, A), why="drive 0: 30/07")
    with pytest.raises(UsageError, match="rejected"):
        back(path)
    document, _, left_out = back(path, lossy=True)
    assert left_out == (
        f"{LIBRARY}: the cleaner {TAG}: that it was rejected (drive 0: 30/07); it has 0 left"
        " instead",
    )
    assert [each["cleans_left"] for each in library_of(document)["cleaners"]] == [0]


def test_a_clean_under_way_counts_no_use_of_another_cleaner_there(store: Store, path: Path) -> None:
    for address in (A, B):
        reserve(store, address)
        insert(store, address, f"CLN0{address}CU")
    first, other = begin_clean(store, A), begin_clean(store, B)
    store.claim(first, 256, A)
    store.claim(other, 257, B)
    document, _, left_out = back(path, lossy=True)
    assert left_out[-1] == f"{LIBRARY}: that the clean {other}, which is open, is of slot @{B}"
    assert not any(first in each for each in left_out)
    counted = {each["id"]: each["use_counted"] for each in library_of(document)["operations"]}
    assert (counted[first], counted[other]) == (0, 1)
    assert_fits_older(document)
    assert len(store.claims(LIBRARY)) == 4


def test_a_library_without_a_slot_keeps_nothing_of_its_cleaners(store: Store, path: Path) -> None:
    remember(store, "another")
    reserve(store, A)
    insert(store, A)
    eject(store, A)
    release(store, A)
    with pytest.raises(UsageError, match=f"the cleaner {TAG}, which is away"):
        back(path)
    document = back(path, lossy=True).document
    assert library_of(document)["reservations"] == library_of(document)["cleaners"] == []
    assert_fits_older(document)


@pytest.mark.rows(one_in=2)
@pytest.mark.parametrize("version", OLDER_SCHEMAS)
@settings(max_examples=40, deadline=None)
@given(rows=stores())
def test_whatever_a_store_holds_that_version_can_read(version: int, rows: Rows) -> None:
    with closing(filled(rows)) as store:
        older, _ = as_older_schema(store, version)
        with closing(older):
            document = to_document(older, exported_at=1.5, host="old")
    assert_fits_older(document, version)


def test_cleanings_after_which_a_drive_still_asked_are_named(store: Store, path: Path) -> None:
    reserve(store, A)
    insert(store, A, TAG, 5)
    store.count_use(begin_clean(store, A), still_requested=False)
    assert back(path).left_out == ()
    for _ in range(2):
        store.count_use(begin_clean(store, A), still_requested=True)
    left_out = (f"{LIBRARY}: cleanings after which a drive still asked for one (2)",)
    assert back(path, lossy=True).left_out == left_out
    assert exported(path, exported_at=1.5, host="old", schema=7, lossy=True).left_out == left_out
