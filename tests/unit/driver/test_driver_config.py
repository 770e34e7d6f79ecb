"""The configuration file: what it may say, and what a mistake in it is told."""

from __future__ import annotations

import os
import stat
from importlib.metadata import version
from pathlib import Path

import pytest
from pytest_mock import MockerFixture
from users import IS_ROOT, no_right_to

from changer.errors import AccessDenied, UsageError
from changer.library import choose, settings
from changer.library.choose import simulated_folder
from changer.library.element_state import CLEANER_PREFIXES
from changer.library.settings import LibrarySettings, SpentCleaners, load_configuration, paths
from changer.smc.atlas.media import MediaFamily


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


def of_library(key: str, *values: str) -> dict[str, tuple[str | bytes, str]]:
    """Values that a key of a library may not have."""
    named = f'library."A".{key}'
    return {f"{key}, {each}": (f'[library."A"]\n{key} = {each}', named) for each in values}


# Content; what the message names besides the file.
MISTAKES: dict[str, tuple[str | bytes, str]] = {
    "default library, a number": ("default_library = 3", "default_library"),
    "default library, a list": ('default_library = ["a"]', "default_library"),
    "library, a string": ('library = "IBM"', "library"),
    "library, tables in a list": ("[[library]]\nenabled = true", "library"),
    "one library, a string": ('[library]\nIBM = "x"', 'library."IBM"'),
    "unknown key": ("timeout = 3", "timeout"),
    **of_library("colour", "1"),
    **of_library("enabled", '"yes"', "1"),
    **of_library("single_query", '"no"'),
    **of_library("answers_at_rest", "1"),
    **{
        name: row
        for key in ("move", "ready", "inventory", "operator", "cleaning")
        for name, row in of_library(f"{key}_timeout_seconds", *NO_SECONDS).items()
    },
    **of_library("changer_wait_seconds", *NO_SECONDS),
    **of_library("cleans_left_warning", "-1", "1001", "nan", "3.0", "true", '"3"', "[3]"),
    **of_library("cleaning_on_the_way", "true", '"on"', '"Off"', "1", '["off"]'),
    **of_library("transport", "true", '"sg"', '"SG_IO"', '["sg_io"]', '""'),
    "transport, another": ('transport = "ioctl"', "transport must be one of sg_raw, sg_io"),
    "transport, a list": ('transport = ["sg_io"]', "transport must be one of"),
    **of_library("cleaner_prefixes", '"CLN"', "[1]", '[""]'),  # an empty one fits every cartridge
    **of_library("auto_clean", "true", '"no"', '"Host"', '["host"]', '""'),
    **of_library("cleaner_choice", '"fewest"', "1", '"most-recent"'),
    **of_library("use_overdue", '"yes"', "0"),
    **of_library("spent", "true", '"Keep"', '"move"', '"move:"', '"move:0"', '"move:0-4"'),
    **of_library("spent", '"move:44-40"', '"move:40-"', '"move:-44"', '"move:mail:1"', '["keep"]'),
    **of_library(
        "spent", '"move:40-44-48"', '"move: 40"', '"move:@1040"', '"eject:40"', '"move:٤"'
    ),
    **of_library("export_slots", "true", "4", '" "', '"0"', '"4-1"', '"1-"', '"mail:1"', '["1-4"]'),
    **of_library("cleans", "50", "[50]", '"LTO=50"', "{ LTO = -1 }", "{ LTO = 10001 }"),
    **of_library("cleans", "{ LTO = 50.0 }", "{ LTO = true }", '{ LTO = "50" }', '{ "" = 50 }'),
    **of_library("cleans", "{ LT0 = 50 }", "{ SDLT = 20, DLT = 20 }", '{ " CLN*" = 5 }'),
    **of_library("cleaner_family", '"LTO"', '{ "CLN*" = "LT0" }', '{ "CLN*" = 9840 }'),
    **of_library("cleaner_family", '{ LTO = "LTO" }', '{ "" = "LTO" }', '{ "CLN*" = ["LTO"] }'),
    **of_library("cleaning_pause_seconds", "-1", "604801", "nan", "inf", "true", '"0"'),
    **of_library("cleaning_retry_seconds", "-1", "604801", "nan", "inf", "true", '"0"'),
    **of_library("cleanings_per_week", "-1", "1001", "4.0", "true", '"4"'),
    **of_library("history_kept_days", "-1", "36526", "1.5", "true", '"400"'),
    **of_library("cleaner_kept_days", "0", "-1", "36526", "1.5", "true", '"1826"'),
    "store, a number": ("store = 3", "store must be a string"),
    "store, a file": ('store = "/var/lib/changer/state.db"', "is not a URL of PostgreSQL"),
    "store, with a password": ('store = "postgresql://a:b@c/d"', "postgresql://a:***@c/d"),
    "store, of one library": ('[library."A"]\nstore = "postgresql:///c"', 'library."A".store'),
    "allow_async, a string": ('allow_async = "yes"', "allow_async must be true or false"),
    "no TOML": ("default_library = = 1", "toml:1: not TOML: Invalid value (column 19)"),
    "twice": ("default_library = 'a'\ndefault_library = 'b'\n", "toml:2: not TOML"),
    "no end": ("default_library = '", "at the end of the file"),
    "no text": (b"\ndefault_library = '\xff'", "toml:2: not UTF-8"),
    **of_library(
        "alias", "3", '""', '"-l"', '"3584"', '"a b"', '"a/b"', '"sim:a"', '"a."', '["a"]'
    ),
    **of_library("alias", f'"{"a" * 65}"', '"a\\n"', '"ä"', '"sg3"', '"NST0"', '"a@b"', '"a$b"'),
    "alias, given twice": (
        '[library."A"]\nalias = "x1"\n[library."B"]\nalias = "X1"\n',
        'toml:4: library."B".alias: "X1" is also the alias of library."A"',
    ),
    "alias, an id": (
        '[library."Ab"]\n[library."B"]\nalias = "aB"\n',
        'toml:3: library."B".alias: "aB" is also the id of library."Ab"',
    ),
    "alias, a part of an id": (
        '[library."HP_MSL_1"]\n[library."B"]\nalias = "msl"\n',
        'toml:3: library."B".alias: "msl" is also a part of library."HP_MSL_1"',
    ),
    "bytes": (bytes(range(256)), ""),
    "deeply nested": ("a = " + "[" * 100_000, ""),
    "a number too long to read": ("a = " + "1" * 10_000, ""),
}


@pytest.mark.parametrize(("content", "named"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_names_the_file_and_the_key(file: Path, content: str | bytes, named: str) -> None:
    with pytest.raises(UsageError) as caught:
        load(file, content)
    assert str(file) in caught.value.message
    assert named in caught.value.message


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        ("default_libary = 'a'", "did you mean default_library?"),
        ('[library."A"]\nenable = true', "did you mean enabled?"),
        ('[library."A"]\nmove_timeout = 1', "did you mean move_timeout_seconds?"),
        (
            "colour = 1",
            "known: allow_async, default_library, library, manager, on_event, store, transport; "
            f"a newer changer than {version('changer')} may know more",
        ),
        ('transprt = "sg_io"', "did you mean transport?"),
        ("enabled = true", 'enabled is of one library: put it below [library."ID"]'),
        (
            '[library."A"]\ndefault_library = "A"',
            "default_library is for all libraries: put it above the first table",
        ),
        (
            "colour = 1\nmove = 2\n[library.A]\nenable = true",
            "known: allow_async, default_library, library, manager, on_event, store, transport; "
            f"a newer changer than {version('changer')} may know more (1 of 3 mistakes; "
            "changer config check lists them all)",
        ),
        (
            '[library."A"]\nspent = "move:44-40"',
            'SLOTS is one slot or a range of slots: "move:40", "move:40-44"',
        ),
        (
            '[library."A"]\ncleans = { SDTL = 20 }',
            'a pattern is a whole label or has a wildcard: "CLNU*"; '
            "families: LTO, 3592, DLT, 9840, 9940, T10000, AIT, 8 mm",
        ),
    ],
)
def test_a_mistake_comes_with_what_was_meant(file: Path, content: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        load(file, content)
    assert caught.value.hint == hint


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
    assert raised.value.hint


def test_a_file_without_end_is_refused() -> None:
    with pytest.raises(UsageError, match="/dev/zero: too long"):
        load_configuration({"CHANGER_CONFIG": "/dev/zero"})


def test_a_file_that_is_too_long_is_refused_and_not_read_in_part(file: Path) -> None:
    with pytest.raises(UsageError, match="too long"):
        load(file, "#" * (1 << 20) + "\n[library.it]\nenabled = false\n")


# Where files are kept


@pytest.mark.parametrize("simulated", [False, True])
def test_root_has_one_set_of_files_for_everyone(mocker: MockerFixture, simulated: bool) -> None:
    mocker.patch.object(os, "geteuid", return_value=0)
    found = paths(environment={"HOME": "/root"}, simulated=simulated)
    assert found.state == Path("/var/lib/changer/state.db")
    assert found.locks == Path("/run/lock/changer")


def test_a_user_has_no_store_of_their_own_for_a_real_library(mocker: MockerFixture) -> None:
    mocker.patch.object(os, "geteuid", return_value=1000)
    environment = {"HOME": "/home/u", "XDG_STATE_HOME": "/home/u/.state"}
    found = paths(environment=environment, simulated=False)
    assert found.state == Path("/var/lib/changer/state.db")
    assert found.locks == Path("/run/lock/changer")


def test_folder_of_roots_virtual_libraries_is_the_groups_as_the_stores_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    host = tmp_path / "changer"
    for module in (settings, choose):
        monkeypatch.setattr(module, "DEFAULT_STORE", host / "state.db")
    found = simulated_folder({"HOME": str(tmp_path)})
    assert (found == host / "simulated", host.is_dir()) == (IS_ROOT, IS_ROOT)
    assert not IS_ROOT or stat.S_IMODE(host.stat().st_mode) == 0o2770


@pytest.mark.parametrize(
    ("environment", "base"),
    [
        ({"XDG_STATE_HOME": "/s", "HOME": "/home/u"}, Path("/s/changer")),
        ({"HOME": "/home/u"}, Path("/home/u/.local/state/changer")),
        ({"XDG_STATE_HOME": "", "HOME": "/home/u"}, Path("/home/u/.local/state/changer")),
        ({}, Path("/.local/state/changer")),
    ],
)
def test_a_users_virtual_libraries_are_the_users_own(
    mocker: MockerFixture, environment: dict[str, str], base: Path
) -> None:
    mocker.patch.object(os, "geteuid", return_value=1000)
    found = paths(environment=environment, simulated=True)
    assert found.state == base / "state.db"
    assert found.simulated == base / "simulated"
    assert found.locks == base / "lock"


def test_the_caller_can_name_each_place() -> None:
    environment = {
        "CHANGER_STATE": "/e/state.db",
        "CHANGER_LOCK_DIR": "/e/lock",
        "CHANGER_SIM_DIR": "/e/sim",
    }
    found = paths(environment=environment, simulated=False)
    assert (found.state, found.locks, found.simulated) == (
        Path("/e/state.db"),
        Path("/e/lock"),
        Path("/e/sim"),
    )
    named = paths(environment=environment, simulated=False, state=Path("/o/state.db"))
    assert named.state == Path("/o/state.db"), "an option outranks the environment"


# A store in PostgreSQL


def test_a_store_in_postgresql_is_the_host_s_unless_another_one_is_named(
    mocker: MockerFixture, file: Path
) -> None:
    store = "postgresql://db/changer"
    file.write_text(f'store = "{store}"\nallow_async = true\n')
    configuration = load_configuration({"CHANGER_CONFIG": str(file)})
    assert (configuration.store, configuration.allow_async) == (store, True)
    named = {"CHANGER_STATE": "postgresql://other/changer"}
    mocker.patch.object(os, "geteuid", return_value=0)
    assert paths(environment={}, simulated=False, store=store).state == store
    assert paths(environment={}, simulated=False, store=store).state_is_given
    assert paths(environment=named, simulated=False, store=store).state == named["CHANGER_STATE"]
    of_option = paths(environment=named, simulated=False, store=store, state=Path("/s"))
    assert of_option.state == Path("/s")
    mocker.patch.object(os, "geteuid", return_value=1000)
    own = paths(environment={"HOME": "/home/u"}, simulated=True, store=store)
    assert own.state == Path("/home/u/.local/state/changer/state.db")
    assert paths(environment={"HOME": "/home/u"}, simulated=False, store=store).state == store


@pytest.mark.parametrize(
    "url", ["postgresql://a:secret@db/changer", "postgres://db/x?password=secret", "mysql://db/x"]
)
def test_a_url_with_a_password_or_of_another_database_is_refused(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        paths(environment={"CHANGER_STATE": url}, simulated=False)
    assert "secret" not in f"{caught.value.message} {caught.value.hint}"
