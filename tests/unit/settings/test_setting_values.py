"""What each key of the settings file may have, at its limits, and what is said of the rest."""

from __future__ import annotations

from typing import Any

import pytest

from changer.errors import UsageError
from changer.library.library_settings import SpentCleaners
from changer.library.owner_address import OwnerAddress
from changer.library.setting_values import read_setting
from changer.smc.atlas.media import MediaFamily
from changer.smc.elements import AdditionalSense

WEEK, CENTURY = 604800, 36525
LTO, WHERE = MediaFamily.LTO, 'library."A".'

TAKEN: dict[str, tuple[tuple[Any, Any], ...]] = {
    "enabled": ((True, True), (False, False)),
    "alias": (("m", "m"), ("msl-1.a_B", "msl-1.a_B"), ("a" * 64, "a" * 64)),
    "auto_clean": (("host", "host"), ("library", "library"), ("unknown", "unknown")),
    "cleans_left_warning": ((0, 0), (1000, 1000)),
    "cleanings_per_week": ((0, 0), (1000, 1000)),
    "cleaner_kept_days": ((1, 1), (CENTURY, CENTURY)),
    "history_kept_days": ((0, 0), (CENTURY, CENTURY)),
    "cleaning_pause_seconds": ((0, 0.0), (WEEK, float(WEEK)), (0.5, 0.5)),
    "cleaning_retry_seconds": ((0, 0.0), (WEEK, float(WEEK))),
    "move_timeout_seconds": ((1, 1.0), (1.5, 1.5), (86400, 86400.0)),
    "changer_wait_seconds": ((1, 1.0), (86400, 86400.0)),
    "cleaner_prefixes": (([], ()), (["CLN"], ("CLN",)), (["CLN", "W"], ("CLN", "W"))),
    "on_event": (([], ()), (["/bin/x", "", "-a b"], ("/bin/x", "", "-a b"))),
    "manager": (("here", None), ("ssh://u@tape1:22", OwnerAddress("tape1", "u", 22))),
    "informational_codes": (
        ([], frozenset()),
        (["83/03", "aB/Ff"], frozenset({AdditionalSense(0x83, 3), AdditionalSense(0xAB, 0xFF)})),
    ),
    "spent": (
        ("keep", SpentCleaners("keep")),
        ("eject", SpentCleaners("eject")),
        ("move:7", SpentCleaners("move", range(7, 8))),
        ("move:7-7", SpentCleaners("move", range(7, 8))),
        ("move:1-99999", SpentCleaners("move", range(1, 100000))),
    ),
    "export_slots": (("", range(0)), ("12", range(12, 13)), ("1-4", range(1, 5))),
    "cleans": (
        ({}, {}),
        (
            {"lto": 0, "CLN001": 10000, "C*": 1, "?": 2, "CLN 01": 3},
            {"LTO": 0, "CLN001": 10000, "C*": 1, "?": 2, "CLN 01": 3},
        ),
    ),
    "cleaner_family": (({}, {}), ({"CLN001": "lto", "*": "LTO"}, {"CLN001": LTO, "*": LTO})),
    "store": (("postgresql://h/changer", "postgresql://h/changer"),),
}

ALIAS = (
    "must be 1 to 64 letters, digits, '.', '_' or '-', from a letter to a letter or digit",
    'such as "msl"; it is a word for shells, for systemd and for names of files',
)
WEEKLY = "must be a number of seconds from 0 to 604800"
DAILY = "must be a number of seconds from 1 to 86400"
FAMILIES = ", ".join(MediaFamily)
PATTERN = f'a pattern is a whole label or has a wildcard: "CLNU*"; families: {FAMILIES}'
PROGRAM = (
    "must be a list of strings: a program's path from / on, and its arguments",
    'such as on_event = ["/usr/local/sbin/tell-admin", "--mail"]',
)
MANAGER = ("must be ssh://[USER@]HOST[:PORT], or here", 'such as manager = "ssh://changer@tape1"')
SPENT = (
    "must be keep, eject or move:SLOTS",
    'SLOTS is one slot or a range of slots: "move:40", "move:40-44"',
)
SLOTS = ("must be a slot or a range of slots", 'by their numbers: "12", "1-4"')

# What is said after the key, the hint, and the values of which that is said.
REFUSED: dict[str, tuple[tuple[str, str | None, tuple[Any, ...]], ...]] = {
    "enabled": ((" must be true or false", None, ("true", 1, 0, None, [])),),
    "alias": (
        (f" {ALIAS[0]}", ALIAS[1], ("", "1a", "a-", "a b", "a" * 65, 1, ["a"])),
        (': "SG3" looks like a device', 'choose another word, such as "msl"', ("SG3",)),
        (': "nst0a" looks like a device', 'choose another word, such as "msl"', ("nst0a",)),
    ),
    "auto_clean": ((" must be one of unknown, library, host", None, ("Host", "", None, ["host"])),),
    "cleans_left_warning": (
        (" must be a whole number from 0 to 1000", None, (-1, 1001, 1.0, True, "1", None)),
    ),
    "cleaner_kept_days": (
        (" must be a whole number from 1 to 36525", None, (0, CENTURY + 1, False)),
    ),
    "cleaning_pause_seconds": ((f" {WEEKLY}", None, (-0.1, WEEK + 0.1, True, "0", None)),),
    "cleaning_retry_seconds": ((f" {WEEKLY}", None, (-1, WEEK + 1, float("nan"))),),
    "move_timeout_seconds": ((f" {DAILY}", None, (0.9, 86400.1, True, float("inf"))),),
    "cleaner_prefixes": (
        (" must be a list of strings, none of them empty", None, ("CLN", ["CLN", ""], ["C", 1])),
    ),
    "on_event": (
        (f" {PROGRAM[0]}", PROGRAM[1], ("/x", ["x"], [""], ["/x", 1], ["/x", "a\0b"], ["/x\0"])),
    ),
    "manager": ((f" {MANAGER[0]}", MANAGER[1], ("Here", "tape1", "", 1, None)),),
    "informational_codes": (
        (
            ' must be a list of codes such as "83/03"',
            None,
            ("83/03", ["83"], ["83/3"], ["G3/03"], ["83/03", 1], ["83/033"]),
        ),
    ),
    "spent": (
        (
            f" {SPENT[0]}",
            SPENT[1],
            ("Keep", "move", "move:", "move:0", "move:2-1", "eject:1", "move:100000", 1, None),
        ),
    ),
    "export_slots": ((f" {SLOTS[0]}", SLOTS[1], ("0", "4-1", "1-", "a", 1, None, [])),),
    "cleans": (
        (" must be a table", 'such as { "CLNU*" = 30, LTO = 50 }', (1, [], "LTO", None)),
        ('."LTO" must be a whole number from 0 to 10000', None, ({"LTO": -1}, {"LTO": 10001})),
        (" names LTO twice", None, ({"LTO": 1, "lto": 2},)),
        (': "CLN01" is not a media family or a pattern of labels', PATTERN, ({"CLN01": 1},)),
        (': " C*" is not a media family or a pattern of labels', PATTERN, ({" C*": 1},)),
    ),
    "cleaner_family": (
        (" must be a table", 'such as { "CLN9*" = "DLT" }', (1, [], None)),
        (f'."CLN*" must be one of {FAMILIES}', None, ({"CLN*": "LT0"}, {"CLN*": 1})),
        (': "LTO" is not a pattern of labels', PATTERN, ({"LTO": "LTO"},)),
    ),
    "store": ((" must be a string", None, (1, None, [])),),
}


@pytest.mark.parametrize("key", TAKEN)
@pytest.mark.rows(one_in=1)
def test_value_that_a_key_may_have_is_read(key: str) -> None:
    for value, read in TAKEN[key]:
        found = read_setting(key, value, where=WHERE)
        assert (found, type(found)) == (read, type(found)), value
        assert type(found) is type(read) or isinstance(read, dict)
        if isinstance(read, dict):
            assert [*found] == [*read], "in the order of the file"


@pytest.mark.parametrize("key", REFUSED)
@pytest.mark.rows(one_in=1)
def test_value_that_a_key_may_not_have_is_told_with_what_it_may(key: str) -> None:
    for words, hint, values in REFUSED[key]:
        for value in values:
            with pytest.raises(UsageError) as raised:
                read_setting(key, value, where=WHERE)
            assert (raised.value.message, raised.value.hint) == (f"{WHERE}{key}{words}", hint), (
                value
            )


def test_store_that_is_no_url_of_a_database_is_told_with_its_key() -> None:
    for value in ("/var/lib/state.db", "mysql://h/x", ""):
        with pytest.raises(UsageError, match="store") as raised:
            read_setting("store", value, where=WHERE)
        assert raised.value.message.startswith(f"{WHERE}store")
