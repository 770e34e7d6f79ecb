"""The exported document: exact in both directions, and strict about what it takes."""

from __future__ import annotations

import copy as copies
import json
import re
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from clocks import HandClock
from figures import FIGURES, Figure
from folders import quick_folder
from hypothesis import given, settings
from hypothesis import strategies as st
from on_record import primary_cleaner, primary_reservation

from changer.errors import ChangerError, StoreFailed, StoreFull, StoreNewer, UsageError
from changer.store.copies import copied
from changer.store.database import SCHEMA_VERSION
from changer.store.maintenance.document import document_text, from_document, to_document
from changer.store.maintenance.export import exported
from changer.store.maintenance.inspection import inspect_store
from changer.store.maintenance.merging import add_content, rehearse_adding
from changer.store.maintenance.summary import Contents
from changer.store.records import DriveIdentity
from changer.store.table_columns import ASKED_ANEW, LIBRARIES, LIBRARY_KEY

from .any_store import TABLES, filled, stores
from .store_files import (
    BARE,
    L700,
    RESERVED,
    TL,
    VERSIONS,
    Rows,
    asked_anew,
    assert_kept,
    assert_reserved,
    kept_store,
    octets,
    rows_of,
)
from .store_support import opened, outcome_of, query, remember

Document = dict[str, Any]


def document_of(path: Path) -> Document:
    return exported(path, exported_at=1.5, host="old")[0]


def encoded(document: object) -> bytes:
    return json.dumps(document).encode()


def read_back(document: Document) -> Document:
    """The document as it is written again of the store that it was added to."""
    libraries = [{**each, ASKED_ANEW: []} for each in document[LIBRARIES]]
    return {**document, LIBRARIES: libraries}


def add(path: Path, document: object, *, replace: bool = False) -> tuple[Contents, Contents]:
    with closing(from_document(encoded(document))) as other:
        return add_content(path, other, replace=replace, clock=HandClock())


def calls(path: Path) -> tuple[int, int]:
    """SQL statements, and calls of functions, that an export takes."""
    statements = made = 0

    def note(_: object, event: str, function: object) -> None:
        nonlocal statements, made
        made += event in ("call", "c_call")
        if event == "c_call" and getattr(function, "__name__", "") == "execute":
            statements += 1

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        document_text(document_of(path))
    finally:
        sys.setprofile(before)
    return statements, made


def test_export_costs_as_much_more_as_there_is_to_export(folder: Path) -> None:
    few, many = folder / "few.db", folder / "many.db"
    for path, libraries in ((few, 10), (many, 40)):
        with opened(path) as store:
            for number in range(libraries):
                remember(store, f"{BARE}_{number}")
    calls(few)  # what is found out once
    (statements, made), (more_statements, more_made) = calls(few), calls(many)
    assert more_statements == statements
    assert more_made < 4 * made


def test_text_of_a_document_is_that_document_a_row_to_a_line(document: Document) -> None:
    text = document_text(document)
    assert json.loads(text) == document
    rows = [row for library in document[LIBRARIES] for row in library["moves"]]
    assert rows
    assert all(json.dumps(row) in text for row in rows)


@pytest.fixture
def document(folder: Path) -> Document:
    """Of a store with something of everything."""
    (folder / "old").mkdir()
    return document_of(kept_store(SCHEMA_VERSION, folder / "old"))


@pytest.fixture
def path(folder: Path) -> Path:
    """A store on another host, which is still to be made."""
    return folder / "new" / "state.db"


# Exactness


@pytest.mark.parametrize("version", VERSIONS)
def test_a_store_of_any_schema_moves_to_another_host(
    version: int, folder: Path, path: Path
) -> None:
    old = kept_store(version, folder)
    before, files = rows_of(old), octets(folder)
    document = document_of(old)
    assert octets(folder) == files
    assert document["store_schema"] == SCHEMA_VERSION
    add(path, document)
    assert_kept(asked_anew(before), rows_of(path))
    assert document_of(path) == read_back(document)
    assert inspect_store(path).problems == ()
    assert_reserved(path)
    with opened(path) as store:
        cleaner = primary_cleaner(store, TL)
        FIGURES.uses(expected=49, counted=cleaner.cleans_left if cleaner else None)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_document_of_an_older_schema_is_brought_up_to_date(
    version: int, folder: Path, path: Path
) -> None:
    """As a program of that time wrote it."""
    old = kept_store(version, folder)
    with copied(old) as copy:
        document = to_document(copy, exported_at=1.5, host="old")
    assert document["store_schema"] == version
    add(path, document)
    assert_kept(asked_anew(rows_of(old)), rows_of(path))
    assert inspect_store(path).problems == ()
    assert_reserved(path)


def test_each_table_is_read_once_however_many_libraries_there_are(path: Path) -> None:
    statements: list[str] = []
    with opened(path) as store:
        for number in range(50):
            remember(store, f"library {number}")
    with copied(path) as copy:
        copy.set_trace_callback(statements.append)
        document = to_document(copy, exported_at=0.0, host="h")
    assert len(document[LIBRARIES]) == 50
    assert sum("FROM" in each for each in statements) == len(TABLES)


def in_store(connection: sqlite3.Connection) -> Rows:
    connection.row_factory = sqlite3.Row
    return {table.name: table.rows(connection) for table in TABLES}


def numbered_anew(rows: Rows) -> Rows:
    """As an import into a new store leaves them: their numbers count from 1."""
    operations = [each["sequence"] for each in rows["operations"]]
    for table in TABLES:
        for count, row in enumerate(rows[table.name], 1):
            if table.number is not None:
                row[table.number] = count
            if "operations_before" in row:
                row["operations_before"] = sum(
                    each <= row["operations_before"] for each in operations
                )
    return rows


def without_numbers(libraries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The libraries of a document, without the numbers that only order the rows."""
    numbers = {"operations": "sequence", "moves": "id", "reservations": "id", "cleaners": "id"}
    for library in libraries:
        for table, number in numbers.items():
            for row in library[table]:
                del row[number]
                row.pop("operations_before", None)
    return libraries


@settings(max_examples=40, deadline=None)
@given(rows=stores())
def test_whatever_a_store_holds_comes_back_exactly(rows: Rows) -> None:
    with closing(filled(rows)) as store, quick_folder() as made:
        document, path = to_document(store, exported_at=0.1, host="h"), made / "state.db"
        with closing(from_document(encoded(document))) as again:
            assert in_store(again) == in_store(store)
            assert to_document(again, exported_at=0.1, host="h") == document
        before, after = add(path, document)
        with closing(sqlite3.connect(path)) as other:
            assert in_store(other) == asked_anew(numbered_anew(in_store(store)))
    assert before.libraries == ()
    assert [each.id for each in after.libraries] == [row["id"] for row in document[LIBRARIES]]


# Merging


def test_a_library_that_was_only_seen_here_is_no_obstacle(path: Path, document: Document) -> None:
    clock = HandClock(9e9)
    with opened(path, clock) as store:
        remember(store, TL)
        store.replace_drives(TL, [DriveIdentity(256, "another")])
        store.note_drive("1068000001", library_id=TL, cleaning_request=None, flags=[5])
        store.note_drive("D", library_id=TL, cleaning_request="required")
        store.record_labels(
            TL,
            shown=[("SEEN HERE", 1, 1)],
            missed=[],
            read_at=9e9,
            is_whole=True,
            element_addresses="",
        )
    add(path, document)
    with opened(path) as store:
        assert primary_reservation(store, TL) is not None
        kept = {
            each.drive: (each.cleaning_request, each.flags) for each in store.drive_conditions(TL)
        }
        assert "SEEN HERE" in store.labels(TL), "it is no obstacle, and no loss either"
    assert kept == {"1068000001": (None, "5"), "D": ("required", "")}


@pytest.mark.parametrize("what", ["reservation", "operation", "move", "door"])
def test_a_library_of_which_something_is_kept_is_refused_unless_it_is_replaced(
    path: Path, document: Document, what: str
) -> None:
    with opened(path) as store:
        remember(store, TL)
        if what == "reservation":
            store.reserve(store.begin_operation(TL, "reserve").id, slot_address=0x1009)
        elif what == "operation":
            store.begin_operation(TL, "clean")
        elif what == "move":
            store.begin_move(TL, source_address=1, destination_address=2)
        else:
            store.prevent_removal(TL, prevented=True)
    before = rows_of(path)
    with pytest.raises(UsageError, match=f"already has data of library {TL}") as caught:
        add(path, document)
    assert "--replace" in (caught.value.hint or "")
    assert rows_of(path) == before
    add(path, document, replace=True)
    assert [each["id"] for each in document_of(path)[LIBRARIES]] == sorted(RESERVED)
    found = without_numbers(document_of(path)[LIBRARIES])
    assert found == without_numbers(read_back(document)[LIBRARIES])


def test_other_libraries_stay_and_numbers_of_the_history_are_given_anew(
    path: Path, document: Document
) -> None:
    with opened(path) as store:
        remember(store, "other")
        store.reserve(store.begin_operation("other", "reserve").id, slot_address=7)
        for _ in range(3):
            store.begin_move("other", source_address=1, destination_address=2)
    before = rows_of(path)
    add(path, document)
    after = rows_of(path)
    for table in ("operations", "moves", "reservations", "cleaners", "claims"):
        others = [each for each in after[table] if each[LIBRARY_KEY] == "other"]
        assert others == before[table]
    with opened(path) as store:
        tags = [each.volume_tag for each in reversed(store.moves(TL))]
        wanted = next(each for each in document[LIBRARIES] if each["id"] == TL)
        assert tags == [each["volume_tag"] for each in wanted["moves"]]
        kinds = [each.kind for each in reversed(store.operations(TL))]
        assert kinds == [each["kind"] for each in wanted["operations"]]
    assert_reserved(path, {**RESERVED, "other": 7})
    assert inspect_store(path).problems == ()


@pytest.mark.parametrize("newer", [True, False])
def test_of_drives_the_newer_knowledge_is_kept(path: Path, document: Document, newer: bool) -> None:
    clock = HandClock(0.0 if newer else 9e9)
    with opened(path, clock) as store:
        store.drive_cleaned("ALONE0001", library_id=None)
        store.drive_cleaned("ALONE0001", library_id=None)
    add(path, document)
    with opened(path) as store:
        alone = store.drive_condition("ALONE0001")
    assert alone is not None
    assert alone.cleanings == (1 if newer else 2)


def test_what_a_library_can_do_is_asked_anew_where_it_is_imported(
    path: Path, document: Document
) -> None:
    with opened(path) as store:
        remember(store, TL)
        store.learn_capability(TL, "volume-tags-2", "not-offered")
        remember(store, "other")
        store.learn_capability("other", "volume-tags-2", "not-offered")
    add(path, document)
    assert any(each["capabilities"] for each in document[LIBRARIES])
    with opened(path) as store:
        assert {each.id for each in store.libraries() if store.capabilities(each.id)} == {"other"}


def test_an_operation_that_is_another_librarys_is_refused(path: Path, document: Document) -> None:
    add(path, document)
    changed = copies.deepcopy(document)
    changed[LIBRARIES] = [{**changed[LIBRARIES][1], "id": "another"}]
    for each, rows in changed[LIBRARIES][0].items():
        if isinstance(rows, list) and each != "operations":
            rows.clear()
    before = rows_of(path)
    with pytest.raises(UsageError, match="is already in this store, under another library"):
        add(path, changed)
    assert rows_of(path) == before


def test_a_rehearsal_says_what_comes_and_changes_nothing(path: Path, document: Document) -> None:
    with closing(from_document(encoded(document))) as other:
        before, after = rehearse_adding(path, other, replace=False)
        assert not path.exists()
        assert before.libraries == ()
        assert {each.id: each.reserved_address for each in after.libraries} == RESERVED
        add(path, document)
        files = octets(path.parent)
        with pytest.raises(UsageError):
            rehearse_adding(path, other, replace=False)
        assert rehearse_adding(path, other, replace=True) == (after, after)
        assert octets(path.parent) == files


@pytest.mark.parametrize("version", VERSIONS)
def test_a_rehearsal_for_a_store_of_an_older_schema_leaves_it_at_that(
    version: int, path: Path, document: Document
) -> None:
    path.parent.mkdir()
    older = kept_store(version, path.parent)
    files = octets(path.parent)
    with closing(from_document(encoded(document))) as other:
        _, after = rehearse_adding(older, other, replace=True)
    assert {each.id: each.reserved_address for each in after.libraries} == RESERVED
    assert octets(path.parent) == files


def test_a_rehearsal_for_a_file_that_can_not_be_is_refused(path: Path, document: Document) -> None:
    with closing(from_document(encoded(document))) as other, pytest.raises(ChangerError) as caught:
        rehearse_adding(path.parent.with_name("x" * 300), other, replace=False)
    assert "x" * 300 in caught.value.message


def test_a_document_that_is_too_long_is_refused_before_it_is_read(
    document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a longer file only one byte more than that is read: what is there need not be JSON."""
    content = encoded(document)
    largest = "changer.store.maintenance.document.LARGEST_DOCUMENT"
    monkeypatch.setattr(largest, len(content))
    from_document(content).close()
    monkeypatch.setattr(largest, len(content) - 1)
    with pytest.raises(UsageError, match=r"the document is too long$"):
        from_document(content)


def test_on_a_full_disk_nothing_is_added(path: Path, document: Document) -> None:
    with opened(path) as store:
        remember(store, "other")
    before = rows_of(path)
    changed = copies.deepcopy(document)
    row = changed[LIBRARIES][1]["moves"][0]
    changed[LIBRARIES][1]["moves"] = [{**row, "id": 10 + n} for n in range(3000)]
    connect = sqlite3.connect

    def limited(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **options)
        if "state.db" in str(arguments[0]):
            connection.execute("PRAGMA max_page_count = 30")
        return connection

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("_sqlite3.connect", limited)
        with pytest.raises(StoreFull):
            add(path, changed)
    assert rows_of(path) == before
    assert query(path, "PRAGMA integrity_check") == "ok"


# Strictness


MISSING = object()
# Where something is wrong in a document, what stands there instead, and what is said of it.
BAD: list[tuple[str, object, str]] = [
    ("schema", "changer.status/1", "{} is 'changer.status/1', not changer.store/1"),
    ("schema", MISSING, "{} is None"),
    ("store_schema", 0, "{} is not a schema number"),
    ("store_schema", True, "{} is not a schema number"),
    ("store_schema", 1, "the document has no capabilities"),
    ("libraries", MISSING, "the document has no libraries"),
    ("more", 1, "the document has an unknown key: 'more'"),
    ("libraries", {}, "{} is not a list"),
    ("libraries.1", 7, "{} is not an object"),
    ("libraries.1.id", None, "{} is null"),
    ("libraries.1.vendor", MISSING, "{row} has no vendor"),
    ("libraries.1.moves", None, "{} is not a list"),
    ("libraries.1.moves.0.more", 1, "{row} has an unknown key: 'more'"),
    ("libraries.1.moves.0.source_address", "12", "{} is '12', not a whole number"),
    ("libraries.1.moves.0.source_address", 1.0, "{} is 1.0, not a whole number"),
    ("libraries.1.moves.0.source_address", 65536, "{row} can't be kept: CHECK constraint failed"),
    ("libraries.1.moves.0.source_address", 10**400, "{} is too large"),
    ("libraries.1.first_seen_at", 1 << 63, "{} is too large"),
    ("libraries.1.first_seen_at", -(1 << 63), "{} is too large"),
    ("libraries.1.first_seen_at", (1 << 63) - 1, "libraries: first_seen_at can't be"),
    ("schema", "x" * 38, "{} is '" + "x" * 38 + "', not changer.store/1"),
    ("schema", "x" * 39, "{} is '" + "x" * 39 + "..., not changer.store/1"),
    ("libraries.1.moves.0.operation_id", "nobody", "{row} can't be kept: FOREIGN KEY"),
    ("libraries.1.moves.1.id", 1, "{row} can't be kept: UNIQUE"),
    ("libraries.1.cleaners.0.cleans_left", -1, "{row} can't be kept: CHECK"),
    ("libraries.1.operations.0.state", "done", "{row} can't be kept: CHECK"),
    ("libraries.1.first_seen_at", "yesterday", "{} is 'yesterday', not a number"),
    ("libraries.1.reservations", [], f"{TL} has a cleaner in slot @4100, which is not reserved"),
    ("libraries.1.id", "\ud800", "{row} can't be kept: 'utf-8' codec"),
    ("libraries.1.id", BARE, "{row} can't be kept: UNIQUE"),
    ("drive_conditions.0.drive", [], "{} is [], not a string"),
    ("libraries.1.capabilities.0.learned_at", True, "{} is True, not a number"),
]


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(("place", "value", "words"), BAD)
def test_an_error_names_its_place(
    document: Document, path: Path, place: str, value: object, words: str
) -> None:
    where: Any = document
    *way, last = (int(each) if each.isdigit() else each for each in place.split("."))
    for each in way:
        where = where[each]
    where[last] = value
    if value is MISSING:
        del where[last]
    shown = re.sub(r"\.(\d+)", r"[\1]", place)
    told = words.format(shown, row=shown.rpartition(".")[0])
    with pytest.raises(UsageError, match=re.escape(told)):
        add(path, document)
    assert not path.exists()
    FIGURES.count(Figure.FAULT_CASES)


def test_a_newer_document_is_refused(document: Document) -> None:
    document["store_schema"] = SCHEMA_VERSION + 1
    with pytest.raises(StoreNewer, match=str(SCHEMA_VERSION + 1)):
        from_document(encoded(document))


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is not JSON: "),
        (b"null", "is not an object"),
        (b"[]", "is not an object"),
        (b"\xff\xfe", "is not JSON: "),
        (b'{"schema": "changer.store/1"', "is not JSON: "),
        (
            b'{"schema": "changer.store/1", "schema": "changer.store/1"}',
            "is not JSON: a key occurs twice",
        ),
        (b'{"schema": NaN}', "is not JSON: NaN is not a number"),
        (b"[" * 100_000, "is not JSON: "),
        (b"9" * 10_000, "is not JSON: "),
    ],
    ids=lambda each: each[:20].decode(errors="replace") if isinstance(each, bytes) else "",
)
def test_what_is_no_document_is_said_to_be_none(content: bytes, words: str) -> None:
    with pytest.raises(UsageError) as refused:
        from_document(content)
    assert refused.value.message.startswith(f"the document {words}")


class _Long(bytes):
    """Says that it is that long, without taking the memory."""

    octets = 0

    def __len__(self) -> int:
        return self.octets


@pytest.mark.parametrize(("octets", "words"), [(1 << 28, "is not JSON"), (1 + (1 << 28), "is too")])
def test_a_document_may_have_256_mebibytes_and_no_more(octets: int, words: str) -> None:
    content = _Long(b"{")
    content.octets = octets
    with pytest.raises(UsageError, match=f"the document {words}"):
        from_document(content)


@settings(max_examples=60, deadline=None)
@given(
    content=st.binary(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda each: (
            st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=5), each, max_size=3)
        ),
    ).map(
        lambda value: json.dumps(
            {"schema": "changer.store/1", "store_schema": 1, "libraries": value}
        ).encode()
    )
)
def test_any_bytes_are_taken_or_refused(content: bytes) -> None:
    code = outcome_of(lambda: from_document(content).close())
    assert code in ("done", "usage")
    FIGURES.count(Figure.BYTES_FUZZED, len(content))


def test_of_a_damaged_store_nothing_is_exported(folder: Path) -> None:
    path = kept_store(SCHEMA_VERSION, folder)
    content = path.read_bytes()
    path.write_bytes(content[: 5 * 4096] + b"\xff" * 4096 + content[6 * 4096 :])
    with pytest.raises(StoreFailed) as caught:
        document_of(path)
    assert caught.value.message.endswith("nothing was exported")


def test_the_manual_names_the_keys_of_the_document(document: Document) -> None:
    manual = (Path(__file__).parents[3] / "man/changer-json.5").read_text()
    item = manual.split(".It Sy changer.store/1\n")[1].split("\n.It ")[0]
    listed = re.findall(r"[a-z_]+", " ".join(re.findall(r"^\.Cm (.*)$", item, re.MULTILINE)))
    lists = {name for name, value in document[LIBRARIES][0].items() if isinstance(value, list)}
    assert set(listed) == {*document, *lists}
    assert L700 in {each["id"] for each in document[LIBRARIES]}


def test_numbers_of_moves_that_were_forgotten_here_are_not_given_again(
    document: Document, path: Path
) -> None:
    with opened(path) as store:
        remember(store, "gone")
        for _ in range(50):
            store.begin_move("gone", source_address=1, destination_address=2)
        store.forget_library("gone")
    add(path, document)
    numbers = [each["id"] for each in rows_of(path)["moves"]]
    assert numbers and min(numbers) == 51
