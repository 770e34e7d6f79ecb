"""The configuration file: what it may say, and what a mistake in it is told."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from kept_files import assert_as_kept
from pytest_mock import MockerFixture
from users import IS_ROOT, no_right_to

from changer.errors import AccessDenied, UsageError
from changer.host.trust import user_name
from changer.library import choose, settings
from changer.library.choose import simulated_folder
from changer.library.element_state import CLEANER_PREFIXES
from changer.library.owner_address import OwnerAddress
from changer.library.setting_values import read_setting
from changer.library.settings import LibrarySettings, SpentCleaners, load_configuration, paths
from changer.smc.atlas.media import MediaFamily
from changer.smc.elements import AdditionalSense

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "changer.toml"


def load(file: Path, content: str | bytes) -> object:
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return load_configuration({"CHANGER_CONFIG": str(file)})


def test_a_file_says_what_is_different_of_a_library(file: Path) -> None:
    file.write_text(
        """
        default_library = "IBM_3573-TL_1"

        [library."IBM_3573-TL_1"]
        alias = "TL_1"
        enabled = false
        single_query = true
        answers_at_rest = true
        move_timeout_seconds = 1200
        ready_timeout_seconds = 7200.5
        inventory_timeout_seconds = 1
        operator_timeout_seconds = 3600
        cleaning_timeout_seconds = 86400
        cleans_left_warning = 0
        cleaner_prefixes = ["CLN", "WASH"]
        auto_clean = "host"
        cleaner_choice = "least-recent"
        use_overdue = true
        export_slots = "1-4"
        fence = true
        spent = "move:40-44"
        cleans = { "CLNU*" = 30, "8mm" = 12, LTO = 0, "CLN001CU" = 10000 }
        cleaner_family = { "CLN9??" = "sdlt", "*Y" = "9840" }
        cleaning_pause_seconds = 0
        cleanings_per_week = 0
        cleaning_retry_seconds = 604800
        cleaner_kept_days = 36525
        history_kept_days = 400
        changer_wait_seconds = 3600
        cleaners_listed = false
        cleaners_loadable = true
        cleaning_on_the_way = "after-unload"

        [library."STK_L700_2"]
        """
    )
    configuration = load_configuration({"CHANGER_CONFIG": str(file)})
    assert configuration.library == "IBM_3573-TL_1"
    assert configuration.settings("IBM_3573-TL_1") == LibrarySettings(
        alias="TL_1",
        enabled=False,
        single_query=True,
        answers_at_rest=True,
        move_timeout_seconds=1200.0,
        ready_timeout_seconds=7200.5,
        inventory_timeout_seconds=1.0,
        operator_timeout_seconds=3600.0,
        cleaning_timeout_seconds=86400.0,
        cleans_left_warning=0,
        cleaner_prefixes=("CLN", "WASH"),
        export_slots=range(1, 5),
        fence=True,
        auto_clean="host",
        cleaner_choice="least-recent",
        use_overdue=True,
        spent=SpentCleaners("move", range(40, 45)),
        cleans={"CLNU*": 30, "8 mm": 12, "LTO": 0, "CLN001CU": 10000},
        cleaner_family={"CLN9??": MediaFamily.DLT, "*Y": MediaFamily.STK_9840},
        cleaning_pause_seconds=0.0,
        cleanings_per_week=0,
        cleaning_retry_seconds=604800.0,
        cleaner_kept_days=36525,
        history_kept_days=400,
        changer_wait_seconds=3600.0,
        cleaners_listed=False,
        cleaners_loadable=True,
        cleaning_on_the_way="after-unload",
    )
    assert configuration.settings("STK_L700_2") == LibrarySettings()
    assert configuration.settings("never heard of") == LibrarySettings()


def test_a_transport_is_chosen_for_all_libraries_and_for_one(file: Path) -> None:
    tables = '[library."A"]\ntransport = "sg_raw"\n[library."B"]\nenabled = true\n'
    names = ("A", "B", "never heard of")

    def chosen(content: str) -> list[str]:
        file.write_text(content)
        configuration = load_configuration({"CHANGER_CONFIG": str(file)})
        return [configuration.transport, *(configuration.settings(it).transport for it in names)]

    assert chosen(tables) == ["sg_raw"] * 4
    assert chosen('transport = "sg_io"\n' + tables) == ["sg_io", "sg_raw", "sg_io", "sg_io"]
    assert chosen(tables.replace("sg_raw", "sg_io")) == ["sg_raw", "sg_io", "sg_raw", "sg_raw"]


def test_an_alias_names_a_table_in_capitals_or_not_and_nothing_else_does(file: Path) -> None:
    file.write_text('[library."HP_MSL_1"]\nalias = "Msl"\n[library."B"]\n')
    configuration = load_configuration({"CHANGER_CONFIG": str(file)})
    assert {configuration.id_of_alias(each) for each in ("Msl", "msl", "MSL")} == {"HP_MSL_1"}
    assert [configuration.id_of_alias(each) for each in ("ms", "B", "", None)] == [None] * 4


def test_both_places_of_a_clash_are_named(file: Path) -> None:
    with pytest.raises(UsageError) as caught:
        load(file, '[library."A"]\nalias = "x1"\n\n[library."B"]\nalias = "x1"\n')
    assert f"{file}:5:" in caught.value.message
    assert f"({file}:2)" in caught.value.message


def test_nothing_is_configured_at_first() -> None:
    settings = LibrarySettings()
    assert settings.alias is None
    assert settings.enabled and not settings.single_query
    assert not settings.answers_at_rest
    assert settings.move_timeout_seconds == 900
    assert settings.operator_timeout_seconds == settings.cleaning_timeout_seconds == 600
    assert settings.cleans_left_warning == 3
    assert settings.cleaner_prefixes == CLEANER_PREFIXES == ("CLN", "CLR", "CLEAN")
    assert settings.changer_wait_seconds == 300
    assert settings.cleaners_listed and settings.cleaning_on_the_way == "off"
    assert not settings.cleaners_loadable
    assert settings.auto_clean == "unknown" and settings.cleaner_choice == "fewest-left"
    assert not settings.use_overdue and not settings.export_slots and not settings.fence
    assert str(settings.spent) == "keep" and not settings.spent.slots
    assert not settings.cleans and not settings.cleaner_family
    assert settings.cleaning_pause_seconds == 12 * 3600
    assert settings.cleaning_retry_seconds == 3600
    assert settings.cleanings_per_week == 4
    assert settings.cleaner_kept_days == 1826
    assert settings.history_kept_days == 0


def test_patterns_and_families_keep_the_order_of_the_file(file: Path) -> None:
    file.write_text('[library."A".cleans]\nLTO = 1\n"CLN*" = 2\n"CLNU*" = 3\nDLT = 4\n')
    cleans = load_configuration({"CHANGER_CONFIG": str(file)}).settings("A").cleans
    assert [*cleans] == ["LTO", "CLN*", "CLNU*", "DLT"]


@pytest.mark.parametrize(
    ("written", "slots"),
    [("move:1", [1]), ("move:40-40", [40]), ("move:9-11", [9, 10, 11]), ("eject", [])],
)
def test_spent_cleaners_have_slots_to_be_moved_to(
    file: Path, written: str, slots: list[int]
) -> None:
    file.write_text(f'[library."A"]\nspent = "{written}"')
    spent = load_configuration({"CHANGER_CONFIG": str(file)}).settings("A").spent
    assert spent.action == written.partition(":")[0]
    assert [*spent.slots] == slots
    assert str(spent) == written.replace("40-40", "40")


def test_an_empty_file_changes_nothing(file: Path) -> None:
    file.write_text("")
    configuration = load_configuration({"CHANGER_CONFIG": str(file)})
    assert configuration.library is None
    assert dict(configuration.libraries) == {}


def test_no_file_is_no_error_unless_it_was_named(mocker: MockerFixture, tmp_path: Path) -> None:
    mocker.patch("changer.library.settings.DEFAULT_FILE", tmp_path / "none.toml")
    assert load_configuration({}).library is None
    assert load_configuration({"CHANGER_CONFIG": ""}).library is None
    with pytest.raises(UsageError, match=r"absent\.toml: no such configuration file"):
        load_configuration({"CHANGER_CONFIG": str(tmp_path / "absent.toml")})


NO_SECONDS = ("0", "-1", "86401", "nan", "inf", "true", '"900"', "[900]", "0.5")


def of_library(key: str, *values: str) -> Iterator[str]:
    """A file for each value that a key of a library may not have."""
    return (f'[library."A"]\n{key} = {each}' for each in values)


# What a settings file may not have; settings_mistakes.txt has what is said of each.
MISTAKES = (
    "default_library = 3",
    'default_library = ["a"]',
    'library = "IBM"',
    "[[library]]\nenabled = true",
    '[library]\nIBM = "x"',
    *of_library("colour", "1"),
    *of_library("enabled", '"yes"', "1"),
    *of_library("single_query", '"no"'),
    *of_library("answers_at_rest", "1"),
    *of_library("move_timeout_seconds", *NO_SECONDS),
    *of_library("cleans_left_warning", "-1", "1001", "nan", "3.0", "true", '"3"', "[3]"),
    *of_library("cleaning_on_the_way", "true", '"on"', '"Off"', "1", '["off"]'),
    *of_library("transport", "true", '"sg"', '"SG_IO"', '["sg_io"]', '""'),
    'transport = "ioctl"',
    'transport = ["sg_io"]',
    *of_library("cleaner_prefixes", '"CLN"', "[1]", '[""]'),  # an empty one fits every cartridge
    *of_library("auto_clean", "true", '"no"', '"Host"', '["host"]', '""'),
    *of_library("cleaner_choice", '"fewest"', "1", '"most-recent"'),
    *of_library("use_overdue", '"yes"', "0"),
    *of_library("spent", "true", '"Keep"', '"move"', '"move:"', '"move:0"', '"move:0-4"'),
    *of_library("spent", '"move:44-40"', '"move:40-"', '"move:-44"', '"move:mail:1"', '["keep"]'),
    *of_library("spent", '"move:40-44-48"', '"move: 40"', '"move:@1040"', '"eject:40"', '"move:٤"'),
    *of_library("export_slots", "true", "4", '" "', '"0"', '"4-1"', '"1-"', '"mail:1"', '["1-4"]'),
    *of_library("cleans", "50", "[50]", '"LTO=50"', "{ LTO = -1 }", "{ LTO = 10001 }"),
    *of_library("cleans", "{ LTO = 50.0 }", "{ LTO = true }", '{ LTO = "50" }', '{ "" = 50 }'),
    *of_library("cleans", "{ LT0 = 50 }", "{ SDLT = 20, DLT = 20 }", '{ " CLN*" = 5 }'),
    *of_library("cleaner_family", '"LTO"', '{ "CLN*" = "LT0" }', '{ "CLN*" = 9840 }'),
    *of_library("cleaner_family", '{ LTO = "LTO" }', '{ "" = "LTO" }', '{ "CLN*" = ["LTO"] }'),
    *of_library("cleaning_pause_seconds", "-1", "604801", "nan", "inf", "true", '"0"'),
    "store = 3",
    'store = "/var/lib/changer/state.db"',
    'store = "postgresql://a:b@c/d"',
    '[library."A"]\nstore = "postgresql:///c"',
    'allow_async = "yes"',
    'on_event = "/bin/tell"',
    'on_event = ["tell"]',
    'on_event = ["/bin/tell", 1]',
    'on_event = ["/bin/tell", "\\u0000"]',
    "manager = 1",
    'manager = "http://tape1"',
    *of_library("manager", '"tape1"', '""'),
    *of_library("informational_codes", '"83/03"', "[8303]", '["83/3"]', '["83/03", "x83/03"]'),
    "default_library = = 1",
    '\n[library."A"]\nenabled = yes\n',
    "default_library = 'a'\ndefault_library = 'b'\n",
    "default_library = '",
    "\ndefault_library = [\n\n\n",
    *of_library("alias", "3", '""', '"-l"', '"3584"', '"a b"', '"a/b"', '"sim:a"', '"a."', '["a"]'),
    *of_library("alias", f'"{"a" * 65}"', '"a\\n"', '"ä"', '"sg3"', '"NST0"', '"a@b"', '"a$b"'),
    '[library."A"]\nalias = "x1"\n[library."B"]\nalias = "X1"\n',
    '[library."Ab"]\n[library."B"]\nalias = "aB"\n',
    '[library."HP_MSL_1"]\n[library."B"]\nalias = "msl"\n',
    "default_libary = 'a'",
    '[library."A"]\nmove_timeout = 1',
    "colour = 1",
    "enabled = true",
    '[library."A"]\ndefault_library = "A"',
    '[library."A"]\ntransprt = "sg_io"',
    "colour = 1\nmove = 2\n[library.A]\nenable = true\nspent = true",
    '[library."A"]\nenabled = 1\nfence = 1',
)
HEADING = "# Mistakes in a settings file, and what is said of them (test_driver_config)."


def refusal(file: Path, content: str | bytes) -> UsageError:
    with pytest.raises(UsageError) as caught:
        load(file, content)
    return caught.value


def test_of_each_mistake_this_is_said(file: Path) -> None:
    """With the file, the line, the key, and the hint below it."""
    told = [HEADING]
    for content in MISTAKES:
        error = refusal(file, content)
        told += ["", *(f"| {each}".rstrip() for each in content.splitlines()), error.message]
        told += [] if error.hint is None else [f"    ({error.hint})"]
    text = "".join(f"{each}\n" for each in told).replace(str(file), "FILE")
    text = text.replace(f"than {version('changer')} ", "than this ")
    assert_as_kept(text, DATA / "settings_mistakes.txt")


def test_what_is_no_text_or_too_deep_is_refused(file: Path) -> None:
    assert refusal(file, b"\ndefault_library = '\xff'").message == (
        f"{file}:2: not UTF-8: invalid start byte: byte 20"
    )
    for content in (bytes(range(256)), b"a = " + b"[" * 100_000, b"a = " + b"1" * 10_000):
        assert refusal(file, content).message.startswith(f"{file}:")


WEEK = 7 * 86400
BOUNDS = {
    "cleans_left_warning": (0, 1000),
    "cleanings_per_week": (0, 1000),
    "cleaner_kept_days": (1, 36525),
    "history_kept_days": (0, 36525),
    "cleaning_pause_seconds": (0, WEEK),
    "cleaning_retry_seconds": (0, WEEK),
    "move_timeout_seconds": (1, 86400),
    "ready_timeout_seconds": (1, 86400),
    "inventory_timeout_seconds": (1, 86400),
    "operator_timeout_seconds": (1, 86400),
    "cleaning_timeout_seconds": (1, 86400),
    "changer_wait_seconds": (1, 86400),
}


def test_a_number_is_taken_from_the_least_to_the_most() -> None:
    numbers = {
        key for key, value in LibrarySettings()._asdict().items() if type(value) in (int, float)
    }
    assert numbers == {*BOUNDS}
    for key, (least, most) in BOUNDS.items():
        taken = [read_setting(key, each, where="") for each in (least, most)]
        kind = float if key.endswith("_seconds") else int
        assert taken == [least, most] and {type(each) for each in taken} == {kind}, key
        words = "number of seconds" if kind is float else "whole number"
        for each in (least - 1, most + 1):
            with pytest.raises(UsageError) as caught:
                read_setting(key, each, where="here: ")
            assert caught.value.message == f"here: {key} must be a {words} from {least} to {most}"


LONG = "a" * 64
CODES = frozenset((AdditionalSense(0x3B, 0xFE), AdditionalSense(0, 0)))
# Values as TOML has them, and as they are read: at the bounds of what is taken.
TAKEN: dict[str, list[tuple[Any, Any]]] = {
    "alias": [("a", "a"), (LONG, LONG), ("a.b_c-9", "a.b_c-9")],
    "cleaner_prefixes": [([], ()), (["C"], ("C",)), (["C", "CLN"], ("C", "CLN"))],
    "cleans": [
        ({"LTO": 0, "DLT": 10_000}, {"LTO": 0, "DLT": 10_000}),
        ({"ABCDEF": 1, "*": 2},) * 2,
    ],
    "cleaner_family": [
        ({"A B?": "lto", "ABCDEF": "8mm"}, {"A B?": MediaFamily.LTO, "ABCDEF": MediaFamily.EXABYTE})
    ],
    "export_slots": [("", range(0)), ("1", range(1, 2)), ("99998-99999", range(99998, 100_000))],
    "informational_codes": [([], frozenset()), (["3b/FE", "00/00"], CODES)],
    "manager": [("here", None), ("ssh://tape1", OwnerAddress("tape1", None, None))],
    "on_event": [([], ()), (["/bin/tell"], ("/bin/tell",)), (["/a", "b"], ("/a", "b"))],
    "spent": [("keep", SpentCleaners("keep")), ("move:2-3", SpentCleaners("move", range(2, 4)))],
}


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize("key", TAKEN)
def test_what_is_written_for_people_is_read_as_values(key: str) -> None:
    for written, value in TAKEN[key]:
        assert read_setting(key, written, where="") == value


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("key", "written"),
    [
        ("export_slots", "100000"),
        ("export_slots", "1-100000"),
        ("cleans", {"ABCDE": 1}),
        ("cleans", {"ABCDEF ": 1}),
        ("cleans", {"ABCDE\x7f": 1}),
        ("cleaner_family", {"ABCDE": "LTO"}),
    ],
)
def test_what_is_just_beyond_what_can_be_meant_is_refused(key: str, written: Any) -> None:
    with pytest.raises(UsageError, match=f"^here: {key}"):
        read_setting(key, written, where="here: ")


def test_a_folder_is_no_configuration_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=str(tmp_path)):
        load_configuration({"CHANGER_CONFIG": str(tmp_path)})


def test_a_file_that_cannot_be_read_is_told(file: Path) -> None:
    file.symlink_to(file)
    with pytest.raises(UsageError, match="symbolic links") as caught:
        load_configuration({"CHANGER_CONFIG": str(file)})
    assert str(file) in caught.value.message


def test_a_file_that_may_not_be_read_is_not_taken_for_none(folder: Path) -> None:
    file = folder / "changer.toml"
    file.touch()
    denied = pytest.raises(AccessDenied, match=f"no permission to read the configuration {file}")
    with no_right_to(file), denied as raised:
        load_configuration({"CHANGER_CONFIG": str(file)})
    owner = user_name(file.stat().st_uid)
    assert (
        raised.value.hint == f"{file} is not accessible to you; have {owner} run: chmod o+r {file}"
    )


@pytest.mark.parametrize("closed", ["closed/changer.toml", "closed/below/it/changer.toml"])
def test_place_that_is_closed_on_the_way_to_the_file_is_named_with_what_opens_it(
    folder: Path, closed: str
) -> None:
    file = folder / closed
    file.parent.mkdir(parents=True)
    file.touch()
    first = folder / "closed"
    owner = user_name(first.stat().st_uid)
    with no_right_to(first), pytest.raises(AccessDenied) as raised:
        load_configuration({"CHANGER_CONFIG": str(file)})
    assert raised.value.hint == (
        f"{first} is not accessible to you; have {owner} run: chmod o+x {first}"
    )


def test_a_file_without_end_is_refused() -> None:
    with pytest.raises(UsageError, match="/dev/zero: too long"):
        load_configuration({"CHANGER_CONFIG": "/dev/zero"})


def test_a_file_that_is_too_long_is_refused_and_not_read_in_part(file: Path) -> None:
    with pytest.raises(UsageError, match="too long"):
        load(file, "#" * (1 << 20) + "\n[library.it]\nenabled = false\n")


# Where files are kept


LIB, RUN, ETC = "/var/lib/changer", "/run/lock/changer", "/etc/changer"
OF_HOST = f"{LIB}/state.db", RUN, f"{LIB}/simulated", f"{ETC}/hooks.d"
OWN, OWN_HOOKS = "/home/u/.local/state/changer", "/home/u/.config/changer/hooks.d"
OF_USER = f"{OWN}/state.db", f"{OWN}/lock", f"{OWN}/simulated", OWN_HOOKS
FOLDERS = {"XDG_STATE_HOME": "/s", "XDG_CONFIG_HOME": "/c"}
NAMED = {
    "CHANGER_STATE": "/e/state.db",
    "CHANGER_LOCK_DIR": "/e/lock",
    "CHANGER_SIM_DIR": "/e/sim",
    "CHANGER_HOOKS": "/e/hooks",
}
OF_NAMES = (*NAMED.values(),)
SERVER, OTHER = "postgresql://db/changer", "postgresql://other/changer"
EMPTY = dict.fromkeys((*FOLDERS, *NAMED, "CHANGER_CONFIG"), "")
GIVEN, HOST_S = True, True
# User, whether the library is virtual, variables, options: state, locks, virtual libraries, hooks;
# whether a store was named, and whether all of it is the host's.
PLACES: dict[str, tuple[int, bool, dict[str, str], dict[str, str], tuple[Any, ...]]] = {
    "root": (0, False, {}, {}, (*OF_HOST, False, HOST_S)),
    "root, a virtual library": (0, True, FOLDERS, {}, (*OF_HOST, False, HOST_S)),
    "a user": (1000, False, FOLDERS, {}, (*OF_HOST, False, HOST_S)),
    "a user, a virtual library": (1000, True, {}, {}, (*OF_USER, False, False)),
    "nothing is named by an empty variable": (
        *(1000, True, EMPTY, {"store": SERVER}),
        (*OF_USER, False, False),
    ),
    "folders of a user": (
        *(1000, True, FOLDERS, {}),
        (
            *("/s/changer/state.db", "/s/changer/lock", "/s/changer/simulated"),
            *("/c/changer/hooks.d", False, False),
        ),
    ),
    "a user without a home": (
        *(1000, True, {"HOME": ""}, {}),
        (
            *("/.local/state/changer/state.db", "/.local/state/changer/lock"),
            *("/.local/state/changer/simulated", "/.config/changer/hooks.d", False, False),
        ),
    ),
    "all of it is named": (1000, True, NAMED, {}, (*OF_NAMES, GIVEN, False)),
    "an option stands before a variable": (
        *(0, False, NAMED, {"state": "/o/state.db", "store": SERVER}),
        ("/o/state.db", *OF_NAMES[1:], GIVEN, HOST_S),
    ),
    "a variable stands before the settings": (
        *(0, False, {"CHANGER_STATE": OTHER}, {"store": SERVER}),
        (OTHER, *OF_HOST[1:], GIVEN, HOST_S),
    ),
    "the store of the settings": (
        *(1000, False, {}, {"store": SERVER}),
        (SERVER, *OF_HOST[1:], GIVEN, HOST_S),
    ),
    "it is not for a user's virtual libraries": (
        *(1000, True, {}, {"store": SERVER}),
        (*OF_USER, False, False),
    ),
    "it is for them where the settings are named": (
        *(1000, True, {"CHANGER_CONFIG": "/x.toml"}, {"store": SERVER}),
        (SERVER, *OF_USER[1:], GIVEN, HOST_S),
    ),
    "the store that would be taken anyway": (
        *(0, False, {"CHANGER_STATE": OF_HOST[0]}, {}),
        (*OF_HOST, False, HOST_S),
    ),
}


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize("case", PLACES)
def test_files_are_the_host_s_but_for_a_user_s_virtual_libraries(
    mocker: MockerFixture, case: str
) -> None:
    user, simulated, variables, options, expected = PLACES[case]
    mocker.patch.object(os, "geteuid", return_value=user)
    environment = {"HOME": "/home/u", **variables}
    found = paths(environment=environment, simulated=simulated, **options)
    assert (*map(str, found[:4]), *found[4:]) == expected


def test_folder_of_roots_virtual_libraries_is_the_groups_as_the_stores_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    host = tmp_path / "changer"
    for module in (settings, choose):
        monkeypatch.setattr(module, "DEFAULT_STORE", host / "state.db")
    found = simulated_folder({"HOME": str(tmp_path)})
    assert (found == host / "simulated", host.is_dir()) == (IS_ROOT, IS_ROOT)
    assert not IS_ROOT or stat.S_IMODE(host.stat().st_mode) == 0o2770


# A store in PostgreSQL


def test_a_store_in_postgresql_is_set_with_what_it_may_lose(file: Path) -> None:
    file.write_text(f'store = "{SERVER}"\nallow_async = true\n')
    configuration = load_configuration({"CHANGER_CONFIG": str(file)})
    assert (configuration.store, configuration.allow_async) == (SERVER, True)


@pytest.mark.parametrize(
    "url", ["postgresql://a:secret@db/changer", "postgres://db/x?password=secret", "mysql://db/x"]
)
def test_a_url_with_a_password_or_of_another_database_is_refused(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        paths(environment={"CHANGER_STATE": url}, simulated=False)
    assert "secret" not in f"{caught.value.message} {caught.value.hint}"
