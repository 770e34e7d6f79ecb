"""A status on screens of many sizes, each as a whole, with what stands out and how.

The file has them: after ``==`` what is shown, and on what; then the lines, in which ``<W`` begins
what has the style of a warning, and so on, up to ``>``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from driver_status import MAGAZINE_OUT, at_rest, drive, mail, slot
from kept_files import assert_as_kept

from changer.cli.output import Span, Style
from changer.cli.screen import Screen
from changer.cli.status_text import StatusView, status_lines
from changer.library.findings import Finding
from changer.library.status import ExceptionStatus, ImportExportStatus, LibraryStatus, PickerStatus

SCREENS = Path(__file__).parents[2] / "data" / "status_screens.txt"
UNREADABLE = ExceptionStatus(0x83, 0x01, "bar code label unreadable")
LETTERS = {
    Style.HEADING: "H",
    Style.URGENT: "U",
    Style.WARNING: "W",
    Style.CLEANER: "C",
    Style.QUIET: "Q",
}
PLACED = ImportExportStatus(operator_placed=True, import_enabled=True, export_enabled=True)

MIXED = LibraryStatus(
    cleaner=None,
    cleaners=(),
    drives=(
        drive(0, full=True, volume_tag="A00001L8", source_slot=1, serial="HU1", device="/dev/nst0"),
        drive(1, full=True, volume_tag="CLN001CU", cleaner=True, source_mail=2, serial="HU2"),
        drive(2, cleaning_request="requested"),
        drive(3, cleaning_request="required", accessible=False, serial="HU4"),
        drive(4, full=None, present=False),
        drive(5, full=None, present=None, exception=UNREADABLE),
    ),
    slots=(
        slot(1),
        slot(2, full=True, volume_tag="A00002L8"),
        slot(3, full=True),
        slot(4, full=True, volume_tag="CLN002CU", cleaner=True, exception=UNREADABLE),
        slot(5, reserved=True),
        slot(6, full=True, volume_tag="A00006L8", exception=UNREADABLE),
        slot(7, full=None, present=False, exception=MAGAZINE_OUT),
        slot(8, full=None, present=None),
    ),
    mail=(replace(mail(1, full=True, volume_tag="A00009L8"), import_export=PLACED), mail(2)),
    picker=PickerStatus(1, True, "A00010L8", False, None),
    removal_prevented=False,
)
LARGE = at_rest(
    drives=tuple(drive(each) for each in range(5)),
    slots=tuple(
        slot(each, full=each % 7 != 0, volume_tag=f"A{each:05}L8" if each % 7 else None)
        if not 20 < each <= 30
        else slot(each, full=None, present=False, exception=MAGAZINE_OUT)
        for each in range(1, 61)
    ),
    mail=tuple(mail(each) for each in range(1, 5)),
)
# Of a picker only what is out of the ordinary has a line.
LOST = replace(MIXED, drives=(), mail=(), picker=PickerStatus(1, None, None, False, None))
NONE = replace(MIXED, drives=(), slots=(), mail=(), picker=None)
TROUBLE = (
    Finding("picker-full", "critical", "A00010L8 is in the picker", "changer recover", ("picker",)),
    Finding("magazine-out", "warning", "slots 21-30 are not present", None, ("21-30",)),
    Finding("unlocked", "note", "people may remove media", "changer lock prevents it", ()),
)
MANY = tuple(
    Finding("label", "warning", f"2 cartridges have the label A{each:05}L8", None, ())
    for each in range(9)
)
TITLE = "ACME LOADER 9 1.2A, serial 4711, /dev/sg3"


def view(
    status: LibraryStatus,
    columns: int | None = None,
    lines: int | None = None,
    *,
    ellipsis: str = "…",
    **other: Any,
) -> StatusView:
    usual: dict[str, Any] = {
        "whole": status,
        "attention": (),
        "titles": (),
        "is_listed": False,
        "nothing": "",
    }
    screen = Screen(columns, lines, ellipsis=ellipsis)
    return StatusView(title=TITLE, status=status, screen=screen, **{**usual, **other})


TITLES = ("place", "label", "contents", "source", "type")
VIEWS: dict[str, StatusView] = {
    "everything, in a pipe": view(MIXED, attention=TROUBLE),
    "everything, 80 columns": view(MIXED, 80, 24, attention=TROUBLE),
    "everything, 40 columns": view(MIXED, 40, 24, attention=TROUBLE),
    "everything, 20 columns of ASCII": view(MIXED, 20, 24, ellipsis="..."),
    "an unknown picker": view(LOST, 80, 24),
    "nothing at all": view(NONE, 80, 24),
    "as many slots as lines": view(at_rest(), 80, 12),
    "fewer slots than lines": view(at_rest(), 80, 13),
    "listed all the same": view(at_rest(), 80, 12, is_listed=True),
    "large, 24 lines": view(LARGE, 80, 24, attention=TROUBLE),
    "large, 13 lines": view(LARGE, 80, 13),
    "large, 12 lines": view(LARGE, 80, 12),
    "large, 9 lines": view(LARGE, 80, 9),
    "large, 5 lines": view(LARGE, 80, 5),
    "large, 30 columns": view(LARGE, 30, 24),
    "mixed, folded": view(MIXED, 80, 8),
    "many findings, 24 lines": view(LARGE, 80, 24, attention=MANY),
    "many findings, 30 lines": view(LARGE, 80, 30, attention=MANY),
    "many findings of a small one": view(MIXED, 80, 24, attention=MANY),
    "five findings, 15 lines": view(LARGE, 80, 15, attention=MANY[:5]),
    "six findings, 15 lines": view(LARGE, 80, 15, attention=MANY[:6]),
    "seven findings, 15 lines": view(LARGE, 80, 15, attention=MANY[:7]),
    "one long finding, 12 lines": view(
        LARGE,
        20,
        12,
        attention=(Finding("x", "warning", " ".join(["word"] * 40), None, ()), *TROUBLE),
    ),
    "some": view(at_rest(slots=(slot(3),), drives=()), 80, 24, whole=at_rest()),
    "none of them": view(replace(NONE), 80, 24, whole=at_rest()),
    "none, in words": view(replace(NONE), 80, 24, whole=at_rest(), nothing="nothing is wrong"),
    "some of many": view(replace(LARGE, drives=()), 80, 24, whole=LARGE),
    "a table": view(MIXED, titles=TITLES),
    "a table, 40 columns": view(MIXED, 40, 24, titles=TITLES),
    "a table of nothing": view(NONE, 80, 24, titles=TITLES),
}


def shown(line: Iterator[Span]) -> str:
    return "".join(
        f"<{LETTERS[span.style]}{span.text}>" if span.style else span.text for span in line
    )


def test_screens_are_as_the_file_has_them() -> None:
    text = ""
    for name, each in VIEWS.items():
        lines = [*status_lines(each)]
        if each.screen.columns is not None:
            assert (
                max(sum(len(span.text) for span in line) for line in lines) <= each.screen.columns
            )
        text += f"== {name}\n" + "".join(f"{shown(iter(line))}|\n" for line in lines)
    assert_as_kept(text, SCREENS)
