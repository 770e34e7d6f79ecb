"""What changer-autochanger tells of a library: every line true, and none that is not known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from driver.virtual_library import READ_ELEMENT_STATUS

from .daemon import TAPE, Daemon

CONTENTS = (("list",), ("listall",), ("loaded", 1, TAPE, 0))
QUERIES = (*CONTENTS, ("slots",), ("drives",))


def tagged(*lines: str) -> list[str]:
    """Lines whose label fills its 32 columns, as on the wire."""
    return [f"{line[: line.rindex(':') + 1]}{line[line.rindex(':') + 1 :]:<32}" for line in lines]


# Bareos' own table of contents, and of what its script makes of them: two drives, twenty slots,
# four mail slots.

EIGHT = {f"slot{number}": f"00000{number}L8" for number in range(1, 9)}
MAIL = {f"mail{number}": f"00002{number}L8" for number in range(1, 5)}


@pytest.fixture
def large(folder: Path) -> Daemon:
    return Daemon(folder, slots=20, mail=4, magazine_size=0, free_slots=(), drive_load_seconds=0)


def expected_list(loaded: dict[int, int]) -> list[str]:
    """``loaded``: slot by drive."""
    here = [number for number in range(1, 9) if number not in loaded.values()]
    return [
        f"{number}:00000{number}L8" for number in (*here, *dict(sorted(loaded.items())).values())
    ]


def expected_records(loaded: dict[int, int], *, mail: bool = False) -> list[str]:
    drives = [
        *(
            tagged(f"D:{drive}:F:{loaded[drive]}:00000{loaded[drive]}L8")[0]
            if drive in loaded
            else f"D:{drive}:E"
            for drive in (0, 1)
        )
    ]
    slots = [
        tagged(f"S:{number}:F:00000{number}L8")[0]
        if number < 9 and number not in loaded.values()
        else f"S:{number}:E"
        for number in range(1, 21)
    ]
    entrance = [
        tagged(f"I:{number}:F:0000{number}L8")[0] if mail else f"I:{number}:E"
        for number in range(21, 25)
    ]
    return [*drives, *slots, *entrance]


@pytest.mark.parametrize(
    "loaded", [{}, {0: 2}, {1: 6}, {0: 3, 1: 4}], ids=["none", "first", "second", "both"]
)
def test_lists_are_those_of_mtx_changer(large: Daemon, loaded: dict[int, int]) -> None:
    large.fill(**EIGHT)
    for drive, slot in loaded.items():
        large.load(slot, drive)
    assert large.lines("list") == expected_list(loaded)
    assert large.lines("listall") == expected_records(loaded)


def test_list_of_an_empty_library_is_empty(large: Daemon) -> None:
    large.fill()
    assert large.ask("list") == ""
    assert large.lines("listall") == [
        "D:0:E",
        "D:1:E",
        *(f"S:{number}:E" for number in range(1, 21)),
        *(f"I:{number}:E" for number in range(21, 25)),
    ]


def test_mail_slots_are_in_the_long_list_alone(large: Daemon) -> None:
    large.fill(**EIGHT, **MAIL)
    assert large.lines("list") == expected_list({})
    assert large.lines("listall") == expected_records({}, mail=True)


def test_numbers_include_mail_slots(large: Daemon) -> None:
    assert (large.ask("slots"), large.ask("drives")) == ("24\n", "2\n")


# loaded


def test_loaded_tells_the_slot_or_0(daemon: Daemon) -> None:
    assert (daemon.loaded(0), daemon.loaded(1)) == ("0", "0")
    daemon.load(3, 1)
    assert (daemon.loaded(0), daemon.loaded(1)) == ("0", "3")


def test_mail_slot_is_counted_after_the_last_storage_slot(daemon: Daemon) -> None:
    daemon.fill(mail2="A00001L8")
    daemon.load(14)
    assert daemon.loaded() == "14"
    assert daemon.lines("list") == ["14:A00001L8"]


@pytest.mark.parametrize("drive", [2, 99, 123456789])
def test_loaded_of_a_drive_that_there_is_not(daemon: Daemon, drive: int) -> None:
    assert f"no drive {drive}" in daemon.refusal("loaded", 1, TAPE, drive)


@pytest.mark.parametrize("drive", ["", "-1", "x", "0x0", "²", "0 ", "1" * 30])
def test_word_that_is_no_drive_number(daemon: Daemon, drive: str) -> None:
    assert "not a drive number" in daemon.refusal("loaded", 1, TAPE, drive)


@pytest.mark.parametrize(
    "words",
    [
        *("FE/ED", "3B/1A", "83/04", "access=0", "ed=1"),
        *("83/03 full=0", "30/03 full=0", "30/03 full=0 access=0"),
    ],
)
def test_drive_that_does_not_say_that_it_is_empty_is_never_0(daemon: Daemon, words: str) -> None:
    daemon.library.fault(f"element drive:0 {words}")
    assert "can't tell what is in drive 0" in daemon.refusal("loaded", 1, TAPE, 0)
    assert not any(line.startswith("D:0") for line in daemon.lines("listall"))


def test_drive_that_the_library_leaves_out_is_never_0(daemon: Daemon) -> None:
    daemon.loaded(1)
    daemon.library.keep_drives(1)
    assert "no drive 1" in daemon.refusal("loaded", 1, TAPE, 1)


def test_loaded_drive_may_say_access_0_until_it_has_ejected(daemon: Daemon) -> None:
    daemon.load(3)
    daemon.library.fault("element drive:0 access=0")
    assert daemon.loaded() == "3"
    assert daemon.lines("list")[-1] == "3:A00003L8"


# a drive whose cartridge's slot the library does not tell


def test_journal_tells_where_a_cartridge_came_from(daemon: Daemon) -> None:
    daemon.load(3)
    daemon.forget_source()
    assert daemon.loaded() == "3"
    assert daemon.lines("list")[-1] == "3:A00003L8"
    assert daemon.lines("listall")[0] == tagged("D:0:F:3:A00003L8")[0]


def test_journal_tells_a_mail_slot_too(daemon: Daemon) -> None:
    daemon.fill(mail2="A00001L8")
    daemon.load(14)
    daemon.forget_source()
    assert daemon.loaded() == "14"
    assert daemon.lines("list") == ["14:A00001L8"]


def moved_on(daemon: Daemon) -> None:
    """It is in the drive again, by a move that the journal does not know."""
    daemon.unload(4)
    daemon.library.move_behind_our_back("4", "drive:0")
    daemon.forget_source()


FORGOTTEN: dict[str, tuple[Callable[[Daemon], object], str]] = {
    "the slot is full by now": (
        lambda daemon: daemon.library.move_behind_our_back("5", "3"),
        "A00003L8",
    ),
    "its magazine is out": (lambda daemon: daemon.library.pull_magazine(1), "A00003L8"),
    "it moved on": (moved_on, "A00003L8"),
    "its move was not confirmed": (
        lambda daemon: daemon.library.execute("UPDATE moves SET outcome = 'unknown'"),
        "A00003L8",
    ),
    "of another label": (lambda daemon: daemon.forget_source(tag="B00001L8"), "B00001L8"),
    "without a label": (lambda daemon: daemon.forget_source(tag=""), ""),
}


@pytest.mark.parametrize("why", FORGOTTEN)
def test_source_that_the_journal_does_not_prove_is_not_told(daemon: Daemon, why: str) -> None:
    """The drive is full, and it is said that its slot is not known: no 0, and no slot."""
    happen, tag = FORGOTTEN[why]
    daemon.load(3)
    daemon.forget_source()
    happen(daemon)
    said = daemon.refusal("loaded", 1, TAPE, 0)
    assert "drive 0" in said and "unload drive:0 SLOT" in said
    assert f"0:{tag}" in daemon.lines("list")
    assert daemon.lines("listall")[0] == tagged(f"D:0:F:0:{tag or '-'}")[0]


def test_move_that_was_not_made_says_nothing(daemon: Daemon) -> None:
    daemon.load(3)
    daemon.forget_source()
    daemon.library.fault("sense 05/24/00 on A5")
    daemon.refusal("unload", 3, TAPE, 0)
    assert daemon.loaded() == "3"


def test_exchange_told_where_the_first_cartridge_came_from(daemon: Daemon) -> None:
    from changer.library.addressing import parse_place
    from changer.moves.execute import exchange

    daemon.load(3)
    with daemon.library.open() as opened:
        exchange(opened, parse_place("5"), parse_place("drive:0"), parse_place("4"))
    assert daemon.loaded() == "5"
    daemon.forget_source()
    assert daemon.loaded() == "5"


def test_source_that_the_library_tells_and_shows_full_is_not_believed(daemon: Daemon) -> None:
    daemon.load(3)
    daemon.library.move_behind_our_back("5", "3")
    lines = daemon.lines("list")
    assert "0:A00003L8" in lines and "3:A00004L8" in lines and "3:A00003L8" not in lines


# slots


def test_slots_of_a_magazine_that_is_out_are_not_empty_but_not_there(daemon: Daemon) -> None:
    daemon.library.pull_magazine(1)
    numbers = [line.split(":")[1] for line in daemon.lines("listall") if line.startswith("S")]
    assert numbers == [str(number) for number in range(7, 13)]
    assert daemon.lines("list") == ["7:A00005L8", "8:A00006L8"]
    assert daemon.ask("slots") == "14\n"


def test_slot_that_can_not_be_told_is_left_out(daemon: Daemon) -> None:
    daemon.library.fault("element 4 3B/12")
    daemon.library.fault("element 5 83/03")
    daemon.library.fault("element 6 access=0")
    shown = [line.split(":")[1] for line in daemon.lines("listall") if line.startswith("S")]
    assert shown == ["1", "2", "3", "7", "8", "9", "10", "11", "12"]
    assert "5:A00004L8" not in daemon.lines("list")


def test_cartridge_without_a_label_is_full_all_the_same(daemon: Daemon) -> None:
    """Bacula's scanf takes a record that ends after the colon for an empty element."""
    daemon.fill(slot3="", mail1="")
    daemon.load(3)
    assert daemon.lines("list") == ["3:"]
    assert daemon.lines("listall")[0] == tagged("D:0:F:3:-")[0]
    assert tagged("I:13:F:-")[0] in daemon.lines("listall")
    daemon.unload(3)
    assert daemon.lines("list") == ["3:"]
    assert tagged("S:3:F:-")[0] in daemon.lines("listall")


@pytest.mark.parametrize("tag", ["\x1b[31mRED", "A\nS:9:F:B", "A:9:E"])
def test_label_can_not_make_lines_of_its_own(daemon: Daemon, tag: str) -> None:
    daemon.fill(slot3=tag)
    assert len(daemon.lines("list")) == 1
    assert len(daemon.lines("listall")) == 16
    assert daemon.ask("listall").replace("\n", "").isprintable()


# cleaners


def test_cleaners_are_shown_like_others_unless_the_configuration_says_no(daemon: Daemon) -> None:
    daemon.library.reserve("12")
    daemon.fill(slot1="A00001L8", slot12="CLN001CU", mail1="CLN002CU")
    everything = daemon.lines("listall")
    assert "12:CLN001CU" in daemon.lines("list")
    daemon.configure("cleaners_listed = false")
    assert daemon.lines("list") == ["1:A00001L8"]
    hidden = tagged("S:12:F:CLN001CU", "I:13:F:CLN002CU")
    assert daemon.lines("listall") == [line for line in everything if line not in hidden]


def test_reserved_slot_is_not_offered_as_an_empty_one(daemon: Daemon) -> None:
    daemon.library.reserve("12")
    daemon.configure("cleaners_listed = false")
    assert "S:12:E" not in daemon.lines("listall")
    assert "S:11:E" in daemon.lines("listall")


def test_drive_that_holds_a_cleaner_is_not_empty_though_cleaners_are_hidden(daemon: Daemon) -> None:
    daemon.configure("cleaners_listed = false")
    daemon.fill(slot12="CLN001CU")
    daemon.library.move_behind_our_back("12", "drive:0")
    assert daemon.loaded() == "12"
    assert daemon.lines("list") == []
    assert daemon.lines("listall")[0] == tagged("D:0:F:12:CLN001CU")[0]


# what it costs


@pytest.mark.parametrize(
    ("words", "most"),
    [
        (("loaded", 1, TAPE, 0), 2),
        (("loaded", 1, TAPE, 1), 3),  # the home slot, too: another cartridge may be there
        (("list",), 4),
        (("listall",), 5),
        (("slots",), 1),
        (("drives",), 1),
    ],
)
def test_commands_that_it_takes(daemon: Daemon, words: tuple[object, ...], most: int) -> None:
    daemon.load(3, 1)
    daemon.ask(*words)
    with daemon.library.counting() as counted:
        daemon.ask(*words)
    assert 0 < counted.total() <= most
    assert counted[READ_ELEMENT_STATUS] == counted.total() - 1


def test_slot_by_the_journal_costs_no_more(daemon: Daemon) -> None:
    daemon.load(3)
    daemon.forget_source()
    with daemon.library.counting() as counted:
        assert daemon.loaded() == "3"
    assert counted.total() <= 3


# what can't be read


@pytest.mark.parametrize("words", CONTENTS, ids=lambda words: str(words[0]))
@pytest.mark.parametrize("fault", ["offline", "becoming-ready 3600s", "door open"])
def test_contents_that_the_library_does_not_tell_are_an_error(
    daemon: Daemon, words: tuple[object, ...], fault: str
) -> None:
    """How many slots it has, it tells even so."""
    daemon.library.fault(fault)
    assert daemon.refusal(*words).startswith("changer-autochanger: ")
    assert daemon.ask("slots") == "14\n"


@pytest.mark.parametrize("words", QUERIES, ids=lambda words: str(words[0]))
@pytest.mark.parametrize(
    "fault",
    [
        *("unplugged", "hang always", "no-reply always", "busy always"),
        *("reservation-conflict always", "sense 04/44/00 always", "sense 05/24/00 always"),
        *("sense 0B/00/00 always", "unit-attention 28/00 always"),
    ],
)
def test_library_that_can_not_be_read_is_an_error_and_nothing_else(
    daemon: Daemon, words: tuple[object, ...], fault: str
) -> None:
    daemon.library.fault(fault)
    assert daemon.refusal(*words).startswith("changer-autochanger: ")


@pytest.mark.parametrize("words", QUERIES, ids=lambda words: str(words[0]))
@pytest.mark.parametrize("attention", ["28/00", "29/00", "3B/12", "3F/03", "2A/01"])
def test_unit_attention_loses_nothing(
    daemon: Daemon, words: tuple[object, ...], attention: str
) -> None:
    before = daemon.ask(*words)
    for after in ("", " after 1", " after 2"):
        daemon.library.fault(f"unit-attention {attention}{after}")
        assert daemon.ask(*words) == before


@pytest.mark.parametrize("words", QUERIES, ids=lambda words: str(words[0]))
def test_other_library_at_the_same_device_is_an_error(
    daemon: Daemon, words: tuple[object, ...]
) -> None:
    """Told from another by what it says of itself; not asked while nothing says that it changed."""
    from changer.errors import IdentityChanged
    from changer.hooks.session import open_hook_session

    assert daemon.ask(*words)
    with (
        daemon.environment(),
        open_hook_session("sim:library", command="test", clock=daemon.library.clock) as hooked,
        pytest.raises(IdentityChanged),
    ):
        daemon.library.become_another_library()
        from changer.hooks.autochanger.program import COMMANDS, Call

        COMMANDS[str(words[0])].load()(hooked, Call("sim:library", *map(str, words)))


@pytest.mark.parametrize(
    "words", [("load", 99, "", 0), ("unload", 99, "", 0), ("load", 1, "", 9), ("transfer", 99, 98)]
)
def test_numbers_are_not_looked_up_in_another_library(
    daemon: Daemon, words: tuple[object, ...]
) -> None:
    """That it has no such slot would be no answer to what was asked."""
    from changer.errors import IdentityChanged
    from changer.hooks.autochanger.program import COMMANDS, Call
    from changer.hooks.session import open_hook_session

    with (
        daemon.environment(),
        open_hook_session("sim:library", command="test", clock=daemon.library.clock) as hooked,
        pytest.raises(IdentityChanged),
    ):
        daemon.library.become_another_library()
        COMMANDS[str(words[0])].load()(hooked, Call("sim:library", *map(str, words)))


def test_library_that_becomes_ready_is_waited_for_no_longer_than_the_daemon_waits(
    daemon: Daemon,
) -> None:
    daemon.configure("changer_wait_seconds = 60")
    daemon.library.fault("becoming-ready 20s")
    assert daemon.loaded() == "0"
    daemon.library.fault("becoming-ready 3600s")
    before = daemon.library.clock.monotonic()
    assert "becoming ready (READ ELEMENT" in daemon.refusal("loaded", 1, TAPE, 0)
    assert daemon.library.clock.monotonic() - before < 60
