"""The head of the screen: how old the picture is, what to do, what moves, what is wrong. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from changer.library.findings import Finding
from changer.overview.overview import MoveShown, OperatorTask
from changer.printable import printable
from changer.top.duration import duration_words
from changer.top.lines import Line, Look, Part, cut, spread, words, wrapped
from changer.top.shown import Shown, freshness

_STATES = {
    "ok": ("OK", None),
    "warning": ("WARNING", Look.WARNING),
    "critical": ("CRITICAL", Look.URGENT),
    "unknown": ("UNKNOWN", Look.URGENT),
}
_LOOKS = {"critical": Look.URGENT, "warning": Look.WARNING, "note": None}
_MOST_TASKS = 3
_LEAST_LINES = 4
_ROOMY_LINES = 30


def head_lines(shown: Shown, *, columns: int, lines: int | None = None) -> tuple[Line, ...]:
    """Title and age first, then tasks, and as much of the rest as a third of ``lines`` holds.

    ``lines``: of the screen; None: there is room for everything.
    """
    tasks = _tasks(shown, columns, is_roomy=lines is None or lines >= _ROOMY_LINES)
    head = [_title(shown, columns), *_state(shown, columns), *tasks]
    if lines is None:
        return (*head, *_moves(shown, columns), *_attention(shown, columns, most=None))
    room = max(lines // 3, _LEAST_LINES) - len(head)
    moves = [*_moves(shown, columns)]
    if len(moves) > max(room - 1, 1):
        kept = max(room - 2, 1)
        moves = [*moves[:kept], words(f"and {len(moves) - kept} more moves")]
    return (*head, *moves, *_attention(shown, columns, most=max(room - len(moves), 1)))


def _title(shown: Shown, columns: int) -> Line:
    overview = shown.overview
    model = overview.identity.name if overview.identity is not None else ""
    about = "  ".join(filter(None, [model, overview.device]))
    left = (Part(f"{shown.title}", Look.HEADING), Part(f"  {about}", Look.QUIET))
    many = shown.libraries > 1
    right = f"library {shown.number} of {shown.libraries}" if many else "changer top"
    return spread(left, words(right, Look.QUIET), columns)


def _state(shown: Shown, columns: int) -> Iterator[Line]:
    word, look = _STATES[shown.overview.state]
    look = Look.URGENT if shown.is_old else look
    text = wrapped(printable(freshness(shown)), columns - len(word) - 2)
    for number, each in enumerate(text):
        beginning = f"{word}  " if number == 0 else " " * (len(word) + 2)
        yield (Part(beginning, look), Part(each, Look.URGENT if shown.is_old else None))
    if shown.paused_at is not None:
        at, ago = shown.local_time(shown.paused_at), shown.ago(shown.paused_at)
        yield cut(words(f"PAUSED  as of {at}, {ago} ago; p: go on", Look.URGENT), columns)
    trouble = shown.overview.records_trouble
    if trouble is not None:
        what = f"RECORDS NOT READ for {shown.ago(trouble.since)}: {printable(trouble.message)}"
        yield from (words(each, Look.URGENT) for each in wrapped(what, columns, indent="  "))


# What a person has to do


def _tasks(shown: Shown, columns: int, *, is_roomy: bool) -> Iterator[Line]:
    tasks = shown.overview.tasks
    if not tasks:
        return
    edge = words(f"+{'=' * (columns - 2)}+", Look.TASK)
    around = (_boxed("", columns),) if is_roomy else ()
    yield from (edge, *around)
    for each in tasks[:_MOST_TASKS]:
        yield from (_boxed(line, columns) for line in _task(each, shown, columns - 4))
    if len(tasks) > _MOST_TASKS:
        yield _boxed(f"and {len(tasks) - _MOST_TASKS} more: changer operations", columns)
    yield from (*around, edge)


def _task(task: OperatorTask, shown: Shown, columns: int) -> Iterator[str]:
    yield from wrapped(f"DO NOW: {printable(task.words)}", columns, indent=" " * 8)
    waits = f"{task.kind} waits, for {shown.ago(task.since)} so far"
    stop = f"; to end it: changer operations stop {task.operation_id[:8]}"
    yield from wrapped(f"{waits}{stop}", columns)


def _boxed(text: str, columns: int) -> Line:
    return words(f"| {text:<{columns - 4}} |", Look.TASK)


# What moves, and what is wrong


def _moves(shown: Shown, columns: int) -> Iterator[Line]:
    records = shown.overview.records
    running = [each for each in (records.moves if records else ()) if each.is_running]
    for each in running:
        yield cut(words(f"MOVING  {_way(each, shown)}", Look.HEADING), columns)


def _way(move: MoveShown, shown: Shown) -> str:
    record = move.record
    tag = printable(record.volume_tag or "a cartridge without a label")
    way = [record.source_address, record.destination_address, record.second_destination_address]
    places = " -> ".join(_name(each, shown) for each in way if each is not None)
    return f"{tag}  {places}  for {duration_words(shown.now - record.started_at)}"


def _name(address: int, shown: Shown) -> str:
    records = shown.overview.records
    numbering = None if records is None else records.numbering
    return f"@{address}" if numbering is None else numbering.name_of(address)


def _attention(shown: Shown, columns: int, *, most: int | None) -> Iterator[Line]:
    """With what to do about it, where all of that fits; else a line each, and how many more."""
    found = shown.attention
    whole = [line for each in found for line in finding_lines(each, columns)]
    if most is None or len(whole) <= most:
        yield from whole
        return
    one_each = [next(finding_lines(each, columns)) for each in found]
    if len(one_each) <= most:
        yield from one_each
        return
    kept = max(most - 1, 0)
    yield from one_each[:kept]
    more = f"! {'and ' if kept else ''}{len(found) - kept} {'more ' if kept else ''}problems"
    yield cut(words(f"{more}: see below, or press f", Look.WARNING), columns)


def finding_lines(finding: Finding, columns: int) -> Iterator[Line]:
    """A finding and what to do about it."""
    look = _LOOKS[finding.level]
    text = f"! {printable(finding.words)}"
    yield from (words(each, look) for each in wrapped(text, columns, indent="  "))
    if finding.hint:
        hint = f"  {printable(finding.hint)}"
        yield from (words(f"  {each}") for each in wrapped(hint, columns - 2, indent="  "))


def board_age(shown: Shown) -> Line:
    """Above elements that may have changed since: when they were so."""
    age = duration_words(shown.age_seconds or 0.0)
    return words(f"AS IT WAS {age} AGO", Look.URGENT)
