"""``changer status`` as people read it: on a terminal, in a pipe, and of what they ask for."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from kept_files import assert_as_kept

from changer.cli.output import Output, Span, Style
from changer.library.columns import TITLES

from .terminal import BROKEN_PIPE, USAGE, Run, Terminal, assert_ended_well

INVALID_SLOT, NO_SUCH_DRIVE, NOT_FOUND = 7, 6, 8
STYLE = re.compile(r"\x1b\[[0-9;]*m")
LISTS = ("drives", "slots", "mail")
KEPT = Path(__file__).parent / "screens"


@pytest.fixture
def large(terminal: Terminal) -> Terminal:
    """A shell that means a library of 200 slots, of which 21 to 40 are out."""
    terminal.create("large", "large", slots=200, drives=4, mail=3, data_cartridges=150, cleaners=2)
    terminal.variables["CHANGER"] = "sim:large"
    terminal.fault("magazine-out 2", name="large")
    terminal.fault("unreadable 7", name="large")
    terminal.fault("clear unit-attention", name="large")
    terminal.done("load", "5", "1")
    terminal.done("lock")
    return terminal


def plain(run: Run) -> list[str]:
    """The lines of a run that ended well, without their colours."""
    assert (run.status, run.err) == (0, ""), run
    return STYLE.sub("", run.out).splitlines()


def as_kept(run: Run, name: str) -> list[str]:
    """The lines of a run that ended well; with its colours it is the screen of that name."""
    lines = plain(run)
    assert_as_kept(run.out.replace("\x1b", "ESC"), KEPT / f"{name}.txt")
    return lines


# On a terminal


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_a_large_library_fits_the_screen(large: Terminal, columns: int) -> None:
    lines = as_kept(large.on_screen("status", columns=columns, lines=24), f"large-{columns}")
    assert len(lines) < 24, "the prompt needs a line"
    assert max(map(len, lines)) <= columns
    text = " ".join(" ".join(lines).split())
    assert "full: 1-4, 6, 8-20, 41-150" in text
    assert "cleaning cartridge: 151-152" in text
    assert "empty: 5, 153-200" in text
    assert "full (no label), bar code label unreadable (83/01): 7" in text
    assert "not present, medium magazine removed (3B/12): 21-40" in text
    assert "! slots 21-40 are not present" in text and "! people are prevented" in text
    for each in ("drive 0", "drive 1 A00005L8", "drive 3", "mail 1", "mail 3"):
        assert each in text
    assert "200 slots: 131 full, 49 empty, 20 not present (--all lists each)" in text


def test_what_is_spared_on_a_narrow_screen_is_the_serial_number(large: Terminal) -> None:
    lines = as_kept(large.on_screen("status", "drive:1", columns=60, lines=24), "drive-60")
    assert any(each.endswith("from slot 5, sim:large/drive:1") for each in lines)
    (line,) = (
        each
        for each in as_kept(large.on_screen("status", "drive:1", columns=30, lines=24), "drive-30")
        if "drive 1" in each
    )
    assert (len(line), line[-1]) == (30, "…")


def test_a_terminal_that_has_neither_a_size_nor_letters_is_taken_for_the_usual(
    large: Terminal,
) -> None:
    plainly = {"PYTHONIOENCODING": "ascii", "TERM": ""}
    run = large.on_screen("status", columns=0, lines=0, **plainly)
    assert as_kept(run, "no-size")
    assert run.out == "".join(f"{each}\n" for each in plain(run)), "it has no colours"
    cut = large.on_screen("status", "drive:1", columns=30, lines=24, **plainly)
    assert plain(cut)[1] == "  drive 1  A00005L8  from s..."


def test_a_library_with_fewer_slots_than_lines_is_listed_whole(terminal: Terminal) -> None:
    for lines in (13, 24):
        shown = plain(terminal.on_screen("status", columns=80, lines=lines))
        assert shown == terminal.done("status").out.splitlines()
    folded = as_kept(terminal.on_screen("status", columns=80, lines=12), "demo-12-lines")
    assert any("full: 1-3, 5, 7-8" in each for each in folded)


def test_all_lists_each_slot_and_so_does_a_pipe(large: Terminal) -> None:
    piped = plain(large.program("status"))
    assert sum(each.startswith("  slot ") for each in piped) == 200
    assert plain(large.on_screen("status", "--all", columns=200, lines=24)) == piped
    assert large.program("status").out == large.program("status", "--all").out


def test_what_is_chosen_is_folded_as_well_unless_it_is_named(large: Terminal) -> None:
    run = large.on_screen("status", "--empty", "--slots", columns=80, lines=24)
    folded = as_kept(run, "large-empty-slots")
    assert any("empty: 5, 153-200" in each for each in folded)
    named = plain(large.on_screen("status", "100-199", columns=80, lines=24))
    assert sum(each.startswith("  slot ") for each in named) == 100


def test_drives_and_mail_slots_that_are_empty_are_folded_where_they_do_not_fit(
    terminal: Terminal,
) -> None:
    terminal.create("huge", "huge", slots=2000, drives=40, mail=20)
    terminal.done("-l", "sim:huge", "load", "1", "7")
    lines = as_kept(terminal.on_screen("-l", "sim:huge", "status", columns=80, lines=24), "huge")
    assert len(lines) < 24
    text = " ".join(" ".join(lines).split())
    assert "drive 7 A00001L8" in text
    assert "drives empty: 0-6, 8-39" in text
    assert "mail empty: 1-20" in text


def test_mail_slots_make_room_before_drives_do(terminal: Terminal) -> None:
    terminal.create("it", "ts3500", slots=60, drives=4, mail=16)
    lines = as_kept(terminal.on_screen("-l", "sim:it", "status", columns=80, lines=24), "ts3500")
    text = " ".join(" ".join(lines).split())
    assert "mail empty: 1-16" in text
    assert sum(each.startswith("  drive ") for each in lines) == 4


def test_ranges_that_do_not_fit_are_counted(terminal: Terminal) -> None:
    terminal.create("it", "large", slots=600, drives=2, mail=0, data_cartridges=0, cleaners=0)
    terminal.variables["CHANGER"] = "sim:it"
    for each in range(1, 600, 2):
        terminal.operate(f"insert {'-' if each % 4 == 1 else f'B{each:05}L8'} {each}", name="it")
    lines = as_kept(terminal.on_screen("status", columns=60, lines=24), "every-other-slot")
    assert len(lines) < 24
    assert max(map(len, lines)) <= 60
    cut = [each for each in lines if each.endswith(" more")]
    assert cut, lines
    shown = sum(len(re.findall(r"\b\d+(?=,|$| and)", each)) for each in lines[3:-1])
    left = sum(int(each.split()[-2]) for each in cut)
    assert shown + left >= 600


def test_many_findings_leave_room_for_the_rest(large: Terminal) -> None:
    large.done("unlock")
    for number in range(160, 190):
        large.operate(f"insert A{number - 100:05}L8 {number}", name="large")
    lines = as_kept(large.on_screen("status", columns=80, lines=24), "many-findings")
    assert len(lines) < 24
    assert any(re.fullmatch(r"! and \d+ more: changer status --problems", each) for each in lines)
    listed = plain(large.on_screen("status", "--problems", "--all", columns=80, lines=24))
    assert sum("cartridges have the label" in each for each in listed) == 30


# Colours


def test_colours_are_for_terminals_that_have_them(large: Terminal) -> None:
    def is_coloured(*words: str, **changes: str | None) -> bool:
        run = large.on_screen("status", *words, columns=80, lines=24, **changes)
        return STYLE.search(run.out) is not None

    assert is_coloured()
    assert not is_coloured(NO_COLOR="1")
    assert is_coloured(NO_COLOR="")
    assert not is_coloured(TERM="dumb")
    assert not is_coloured("--color", "never")
    assert is_coloured("--color", "always", NO_COLOR="1")
    assert STYLE.search(large.program("status").out) is None
    assert STYLE.search(large.program("status", "--color", "always").out) is not None


def test_colours_change_no_letter(large: Terminal) -> None:
    coloured = large.program("status", "--color", "always").out
    assert STYLE.sub("", coloured) == large.program("status").out


def test_what_a_library_says_can_not_colour_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = Output(json=False, clear=lambda: None)
    output.print_lines([[Span("\x1b[31mA", Style.WARNING), Span("\nB")]], is_coloured=True)
    assert capsys.readouterr().out == "\x1b[33m?[31mA\x1b[0m?B\n"


# What is asked for


def names(run: Run) -> list[str]:
    """The places of a table of one column."""
    heading, *rows = plain(run)
    assert heading == "PLACE"
    return rows


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("1-3", ["slot 1", "slot 2", "slot 3"]),
        ("A00001L8 CLN*", ["slot 1", "mail slot 1"]),
        ("drive:0 mail:2", ["drive 0", "mail slot 2"]),
        ("@500", ["drive 0"]),
        ("--drives", ["drive 0", "drive 1"]),
        ("--mail --full", ["mail slot 1"]),
        ("--cleaners", ["slot 4", "mail slot 1"]),
        ("--slots --empty", ["slot 4", "slot 6", *(f"slot {each}" for each in range(9, 13))]),
        ("--problems", []),
        ("A* --empty", []),
    ],
)
def test_places_are_chosen_alike_in_text_and_in_a_document(
    terminal: Terminal, words: str, expected: list[str]
) -> None:
    terminal.done("cleaner", "reserve", "4")
    assert names(terminal.done("status", *words.split(), "--columns", "place")) == expected
    document = terminal.done("status", *words.split(), "--json").json
    found = [
        f"{word} {row['number']}"
        for word, key in (("drive", "drives"), ("slot", "slots"), ("mail slot", "mail"))
        for row in document[key]
    ]
    assert found == expected
    whole = terminal.done("status", "--json").json
    assert list(document) == list(whole)
    assert all(row in whole[key] for key in LISTS for row in document[key])


def test_a_choice_tells_how_much_it_leaves_out(terminal: Terminal) -> None:
    assert terminal.done("status", "1-3").out.splitlines()[1:] == [
        "  slot 1  A00001L8",
        "  slot 2  A00002L8",
        "  slot 3  A00003L8",
        "3 of 17 places",
    ]
    assert terminal.done("status", "A*", "--empty").out.splitlines()[1:] == ["none of 17 places"]
    problems = terminal.done("status", "--problems").out.splitlines()
    assert problems[1:] == ["nothing wants attention"]


def test_what_is_chosen_changes_no_command_that_is_sent(terminal: Terminal) -> None:
    terminal.done("status")

    def sent(*words: str) -> Counter[int]:
        before = Counter(terminal.truth().commands)
        terminal.done("status", *words)
        return Counter(terminal.truth().commands) - before

    whole = sent()
    assert whole.total() == 3, "it answers all types at once, and who its drives are"
    for words in ("1", "A*", "--drives", "--problems --json", "--columns place --sort label"):
        assert sent(*words.split()) == whole


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        ("A00001L9", NOT_FOUND, "did you mean A00001L8?"),
        ("a0*", NOT_FOUND, "did you mean 'A0*'?"),
        ("Q*", NOT_FOUND, "no label fits the pattern 'Q*'"),
        ("99", INVALID_SLOT, "slots 1 to 12"),
        ("1-99", INVALID_SLOT, "slots 1 to 12"),
        ("drive:9", NO_SUCH_DRIVE, "drives 0 to 1"),
        ("4-1", USAGE, "'4-1'"),
        ("slot1", USAGE, "did you mean slot:1?"),
        ("--columns lable", USAGE, "did you mean label?"),
        ("--columns place,", USAGE, "there is no column ''"),
        ("--sort Label", USAGE, "did you mean label?"),
        ("--json --columns place", USAGE, "--columns is for text"),
    ],
)
def test_what_is_wrong_in_the_words_is_said(
    terminal: Terminal, words: str, status: int, told: str
) -> None:
    run = terminal.run("status", *words.split())
    if "--json" not in words:
        assert_ended_well(run, status)
    assert run.status == status
    assert told in run.err


def test_a_label_that_is_near_none_is_still_an_error_in_a_document(terminal: Terminal) -> None:
    run = terminal.run("status", "QQQ", "--json")
    assert (run.status, run.out, run.error["code"]) == (NOT_FOUND, "", "volume-not-found")


# Tables


def test_columns_make_a_table(terminal: Terminal) -> None:
    terminal.done("load", "2", "1")
    words = ("status", "drive:1", "2", "mail:1", "--columns", "place,label,type,source,device")
    assert terminal.done(*words).out.splitlines() == [
        "PLACE        LABEL     TYPE      SOURCE  DEVICE",
        "drive 1      A00002L8  data      slot 2  sim:demo/drive:1",
        "slot 2       -         -         -       -",
        "mail slot 1  CLN001CU  cleaning  -       -",
    ]


def test_every_column_can_be_chosen_and_the_help_names_it(terminal: Terminal) -> None:
    out = terminal.done("status", "--columns", ",".join(TITLES)).out.splitlines()
    assert out[0].split() == [each.upper() for each in TITLES]
    assert len(out) == 1 + 2 + 12 + 2 + 1
    text = " ".join(terminal.run("status", "--help").out.split())
    assert f"columns: {', '.join(TITLES)}" in text


def test_a_table_is_cut_where_the_screen_ends(terminal: Terminal) -> None:
    words = ("status", "--columns", ",".join(TITLES))
    lines = as_kept(terminal.on_screen(*words, columns=60, lines=24), "every-column")
    assert max(map(len, lines)) == 60


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("place", list(range(1, 13))),
        ("address", list(range(1, 13))),
        ("label", [1, 2, 3, 5, 7, 8, 4, 6, 9, 10, 11, 12]),
    ],
)
def test_rows_are_sorted_by_a_column(terminal: Terminal, title: str, expected: list[int]) -> None:
    terminal.operate("swap 1 3")
    document = terminal.done("status", "--sort", title, "--json").json
    if title == "label":
        expected = [3, 2, 1, *expected[3:]]
    assert [each["number"] for each in document["slots"]] == expected
    assert [each["number"] for each in document["drives"]] == [0, 1]


def test_what_is_only_sorted_has_the_summary_of_the_whole(terminal: Terminal) -> None:
    last = terminal.done("status").out.splitlines()[-1]
    assert terminal.done("status", "--sort", "label").out.splitlines()[-1] == last


# Pipes


def test_a_reader_that_goes_away_ends_it_quietly(large: Terminal) -> None:
    run = large.program("status", shell_tail="| head -1")
    assert run.status in (0, BROKEN_PIPE)
    assert len(run.out.splitlines()) == 1
    assert run.err == ""


# The model


def test_what_is_known_of_the_model_is_shown_when_asked_for(terminal: Terminal) -> None:
    terminal.create("tall", "demo", vendor="QUALSTAR", product="RLS-8244")
    run = terminal.run("--library", "sim:tall", "-v", "status")
    (line,) = (each for each in run.out.splitlines() if each.startswith("model: "))
    assert line.startswith("model: exchange-fails (")
    assert line.endswith("; 3 sense codes of its maker")
    assert "model:" not in terminal.run("--library", "sim:tall", "status").out


def test_the_reservations_of_its_model_are_shown_with_who_says_so(terminal: Terminal) -> None:
    terminal.create("loader", "superloader-3")
    words = "hosts reserve it by PERSISTENT RESERVE OUT, types 1h, 3h, 5h and 6h"
    run = terminal.run("--library", "sim:loader", "-v", "status")
    assert f"; reservation-types ({words}); hides-mail-slot (" in run.out.replace("model: ", "; ")
    found = terminal.run("--library", "sim:loader", "--json", "doctor").json
    (model,) = (each for each in found["checks"] if each["check"] == "model")
    assert f"reservation-types ({words}; Quantum SuperLoader 3, software" in model["seen"]


def test_a_model_of_which_nothing_is_known_is_said_to_be_that(terminal: Terminal) -> None:
    terminal.create("plain", "demo", vendor="ACME", product="TAPEBOX", drive_product="TAPE 1")
    run = terminal.run("--library", "sim:plain", "-v", "status")
    assert run.out.splitlines()[-2:] == [
        "model: nothing special is known of it",
        "drives 0 and 1: nothing special is known of it",
    ]


def test_what_is_known_of_the_drives_is_shown_for_each_kind_of_them(terminal: Terminal) -> None:
    terminal.create("two", "two-families")
    run = terminal.run("--library", "sim:two", "-v", "status")
    kinds = [line for line in run.out.splitlines() if line.startswith("drive")]
    assert [line.partition(";")[0] for line in kinds] == [
        "drive 0: IBM LTO, generation 8",
        "drive 1: SDLT",
    ]
