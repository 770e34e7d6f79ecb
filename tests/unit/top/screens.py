"""Pictures of every kind, and the lines that are drawn of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby

from changer.cleaning.family_stock import FamilyStock
from changer.cleaning.read_stock import CleanerStock
from changer.errors import CleanerLow
from changer.library.findings import Finding
from changer.library.model import Identity
from changer.library.status import ExceptionStatus, SlotStatus
from changer.top.board import Wanted, board_lines
from changer.top.details import NOT_READ, History, Past, detail_lines
from changer.top.elements import Cells, Filter, cells_of
from changer.top.foot import Foot, foot_lines
from changer.top.frame import frame_lines
from changer.top.grid import mark_lines, rows_of_cells
from changer.top.head import head_lines
from changer.top.keys import help_lines
from changer.top.lines import Line
from changer.top.magazines import Model
from changer.top.shown import Shown
from changer.top.side import side_lines

from .pictures import (
    MAGAZINE_OUT,
    NOW,
    cleaner,
    drive,
    event,
    mail,
    moving,
    numbering,
    overview,
    picker,
    reading,
    records,
    shown,
    slot,
    status,
    trouble,
    waiting,
)

NO_MODEL = Model("", "")
DEMO = Identity("CHANGER", "VIRTUAL", "0100", "1")
LONG = "a cartridge of a kind that no drive of this library takes is in the way of the others"
SLOTS = (
    slot(1, "A00001L8"),
    slot(2, full=True),
    slot(3, "CLN001CU", cleaner=True),
    slot(4, reserved=True),
    slot(5, full=None, present=False, exception=MAGAZINE_OUT),
    slot(6, full=None, present=None),
    slot(7, "B" * 16),
    slot(8, "C" * 17, exception=ExceptionStatus(0x83, 0x02, "")),
    slot(9, "A00009L8", source_slot=3),
    slot(10),
)
LOADED = drive(0, "A00011L8", source_slot=11, cleaning_request="required")
ODD = status(
    *SLOTS,
    drives=(LOADED, drive(1, full=None, present=False, device=None, serial=None)),
    mail=(mail(1, "A00012L8"), mail(2)),
    picker=picker("A00013L8"),
)
FINDINGS = (
    Finding("cleaner-spent", "warning", "the cleaner is used up", "bring in another", ("3",)),
    Finding("picker-full", "critical", "the picker holds A00013L8", "changer recover", ("picker",)),
    Finding("move-under-way", "note", "it moves", None, ("1",)),
    Finding("drive-odd", "note", LONG, LONG, ("drive:0",)),
)
CLEANER = cleaner(home=1002, address=1002)
STOCK = CleanerStock(
    (
        CLEANER,
        CLEANER._replace(label=None, home=None, cleans_left=None, last_used_at=None, state="spent"),
        CLEANER._replace(label="CLN0000002CU", state="cleaning", drive=501, cleans_left=0),
        CLEANER._replace(state="not-present", reason=LONG),
        CLEANER._replace(state="managed"),
    ),
    (),
    (
        FamilyStock("LTO", (500,), 1, 45, None),  # type: ignore[arg-type]
        FamilyStock(None, (501,), 0, None, CleanerLow(LONG)),
    ),
)
TASKS = tuple(waiting(f"take cartridge {n} out", number=n, seconds=60.0 * n) for n in range(1, 6))
TROUBLED = overview(
    ODD,
    alias="msl",
    reading=reading(ODD, stock=STOCK),
    records=records(operations=TASKS[:2], moves=(moving(), moving(None)), attention=FINDINGS),
)
EVENTS = (event("the picker holds A00013L8", over_at=None), event(LONG), event("it was filled"))
PAST = Past(NOW - 60, "A00001L8", "slot 1 -> drive 0", "ok", "root", "")
HISTORY = History((PAST, PAST._replace(at=NOW - 9000, user="", result="failed", message=LONG)))


def cells(*slots: SlotStatus, attention: tuple[Finding, ...] = (), **changes: object) -> Cells:
    picture = status(*slots, **changes)
    return cells_of(picture, attention, numbering(len(picture.slots)))


def many(number: int) -> Cells:
    """Slots alone: of three in a row one is empty, and each seventh has trouble."""
    slots = (slot(n, f"A{n:05}L8" if n % 3 else None) for n in range(1, number + 1))
    places = tuple(str(n) for n in range(7, number + 1, 7))
    finding = Finding("cleaner-spent", "warning", "it is odd", None, places)
    return cells(*slots, attention=(finding,), drives=(), mail=(), picker=None)


def moves(number: int) -> Shown:
    return shown(overview(records=records(moves=(moving(),) * number, attention=FINDINGS[:2])))


def heads() -> Iterator[tuple[str, Iterable[Line]]]:
    old = replace(TROUBLED, trouble=trouble(LONG), records_trouble=trouble(LONG, seconds=7200.0))
    for name, picture in {
        "well": shown(),
        "one of several": shown(number=2, libraries=3, paused_at=NOW - 120),
        "never read": shown(overview(reading=None), alive_at=NOW - 20),
        "of no identity": shown(overview(identity=None, device=None)),
        "troubled": shown(TROUBLED),
        "old and troubled": shown(old, now=NOW + 600, paused_at=NOW + 600),
        "five tasks": shown(overview(records=records(operations=TASKS))),
    }.items():
        for columns, lines in ((80, None), (60, 20)):
            yield (
                f"head, {name}, {columns} x {lines}",
                head_lines(picture, columns=columns, lines=lines),
            )
    odd = tuple(FINDINGS[0]._replace(words=f"trouble {n}", hint=None) for n in range(9))
    for lines in (30, 33):
        many_odd = shown(overview(records=records(attention=odd)))
        yield f"head, 9 problems of {lines} lines", head_lines(many_odd, columns=60, lines=lines)
    long = records(operations=(waiting(LONG),))
    yield "head, a long task", head_lines(shown(overview(records=long)), columns=60)
    for number in (1, 2, 3, 4, 5, 9):
        yield f"head, {number} moves", head_lines(moves(number), columns=60, lines=20)
    for lines in (12, 29, 30, 36, 42, 48, 54):
        yield f"head, of {lines} lines", head_lines(shown(TROUBLED), columns=70, lines=lines)


def boards() -> Iterator[tuple[str, Iterable[Line]]]:
    odd = cells_of(ODD, FINDINGS, numbering())
    for wanted in (
        Wanted(80),
        Wanted(40),
        Wanted(24),
        Wanted(80, labelled=False),
        Wanted(30, labelled=False),
    ):
        yield f"board, odd, {wanted.columns}, {wanted.labelled}", board_lines(odd, NO_MODEL, wanted)
    for each in Filter:
        chosen = cells_of(ODD, FINDINGS, numbering(), shown=each)
        wanted = Wanted(80, shown=each)
        yield f"board, odd, {each.word}", board_lines(chosen, NO_MODEL, wanted)
    for number in (1, 8, 24, 200, 201):
        yield f"board, {number} slots", board_lines(many(number), NO_MODEL, Wanted(150))
    for columns in (20, 36, 37, 60, 61, 100):
        yield (
            f"board, 45 letters in {columns}",
            board_lines(many(45), NO_MODEL, Wanted(columns, labelled=False)),
        )
    for columns in (27, 28, 29, 60):
        rows = rows_of_cells(many(33).slots, [range(11), range(11, 22), range(22, 33)])
        yield f"board, rows of 11 in {columns}", mark_lines(rows, columns)
    for number in (32, 33):
        drives = tuple(drive(n, "A00001L8" if n % 2 else None) for n in range(number))
        some = cells(slot(1), drives=drives, mail=(), picker=None)
        yield f"board, {number} drives", board_lines(some, NO_MODEL, Wanted(60))
    for model, number in ((Model("CHANGER", "OMITTING"), 24), (Model("CHANGER", "SCALAR"), 36)):
        for columns, labelled in (
            *((14, False), (25, False), (26, False), (30, False), (60, False), (100, False)),
            *((60, True), (100, True)),
        ):
            wanted = Wanted(columns, labelled=labelled)
            name = f"board, {model.product}, {columns}, {labelled}"
            yield name, board_lines(many(number), model, wanted)


def others() -> Iterator[tuple[str, Iterable[Line]]]:
    unknown = shown(overview(reading=None, trouble=trouble()))
    old = shown(TROUBLED, now=NOW + 600)
    for columns in (30, 45, 46, 76):
        yield f"side, {columns}", side_lines(shown(TROUBLED, events=EVENTS), columns)
    yield "side, well", side_lines(shown(), 60)
    yield "side, not known", side_lines(unknown, 60)
    yield "side, short", side_lines(shown(TROUBLED), 60, is_short=True)
    for columns in (20, 44, 76):
        yield f"details, drive, {columns}", detail_lines(LOADED, shown(TROUBLED), HISTORY, columns)
    yield "details, old", detail_lines(SLOTS[4], old, NOT_READ, 76)
    yield "details, not known", detail_lines(SLOTS[0], unknown, History(trouble=LONG), 60)
    yield "details, picker", detail_lines(picker("A00013L8"), shown(TROUBLED), History(), 60)
    for columns in (47, 48):
        yield (
            f"details, past in {columns}",
            detail_lines(slot(1), shown(), History((PAST,)), columns),
        )
    for columns in (30, 76):
        yield f"help, {columns}", help_lines(columns)
    cell = cells_of(ODD, FINDINGS, numbering()).drives[0]
    foot = Foot(None, "", 0, Filter.ALL, 1, (1, 20, 20))
    for name, changed in {
        "nothing": foot,
        "a drive": foot._replace(selected=cell, libraries=2),
        "a search": foot._replace(wanted="x", found=2, sight=(1, 19, 20)),
        "in vain": foot._replace(wanted="x", shown=Filter.FULL, selected=cell, sight=(2, 20, 20)),
    }.items():
        for columns in (60, 100):
            yield f"foot, {name}, {columns}", foot_lines(changed, columns)
    known = overview(status(*(slot(n, "A00001L8") for n in range(1, 13))), identity=DEMO)
    yield "frame, of magazines", frame_lines(shown(known), 60)
    lost = shown(overview(reading=reading(at=NOW), trouble=trouble()))
    for name, picture in {
        "well": shown(),
        "old": old,
        "not known": unknown,
        "just lost": lost,
    }.items():
        yield f"frame, {name}", frame_lines(picture, 80)


def screens() -> dict[str, list[str]]:
    """By name: each line as text, and below it the looks of its columns: the first letter of each,
    ``-`` for an element without one, with how many columns in a row have it.
    """
    return {
        name: [text for line in lines for text in _texts(line)]
        for name, lines in (*heads(), *boards(), *others())
    }


def _texts(line: Line) -> Iterator[str]:
    yield "".join(each.text for each in line).rstrip()
    looks = "".join(
        (each.look.value[0] if each.look else "." if each.address is None else "-") * len(each.text)
        for each in line
    )
    if looks.strip("."):
        runs = ((look, sum(1 for _ in same)) for look, same in groupby(looks))
        yield f"~{' '.join(f'{look}{number}' for look, number in runs)}"
