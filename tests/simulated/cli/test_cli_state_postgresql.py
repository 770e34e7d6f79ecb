"""changer state, and a library, with the store in PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres import Server, running_server

from .terminal import STORE_UNREACHABLE, USAGE, Terminal, assert_ended_well


@pytest.fixture(scope="module")
def postgres() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.fixture
def url(postgres: Server) -> Iterator[str]:
    with postgres.database(template="template0") as url:
        yield url


@pytest.fixture
def shared(terminal: Terminal, url: str) -> Terminal:
    """A host whose store is there."""
    terminal.variables["CHANGER_STATE"] = url
    terminal.done("state", "init")
    return terminal


def test_a_store_is_made_in_an_empty_database_and_once(terminal: Terminal, url: str) -> None:
    terminal.variables["CHANGER_STATE"] = url
    missing = terminal.run("status")
    assert missing.status in (0, STORE_UNREACHABLE)
    run = terminal.run("load", "1", "0")
    assert run.status == STORE_UNREACHABLE
    assert "there is no state store in" in run.err
    assert "changer state init" in run.err
    assert "would be made" in terminal.done("state", "init", "--dry-run").out
    assert "is made" in terminal.done("state", "init").out
    assert "is a state store already" in terminal.done("state", "init").out
    assert "no problem was found" in terminal.done("state", "check").out


def test_it_is_named_by_the_settings_of_the_host(
    terminal: Terminal, url: str, folder: Path
) -> None:
    settings = folder / "changer.toml"
    settings.write_text(f'store = "{url}"\n')
    terminal.variables["CHANGER_CONFIG"] = str(settings)
    terminal.variables.pop("CHANGER_STATE", None)
    terminal.done("state", "init")
    terminal.done("load", "1", "0")
    checked = terminal.done("state", "check", "--json").json
    assert checked["path"] == url
    assert [each["moves"] for each in checked["contents"]["libraries"]] == [1]


def test_a_library_goes_there_and_back(terminal: Terminal, url: str, folder: Path) -> None:
    terminal.done("cleaner", "reserve", "4")
    terminal.done("cleaner", "insert", "--from", "mail:1", "--cleans-left", "7")
    before = terminal.done("state", "check", "--json").json["contents"]
    terminal.done("state", "export", str(folder / "there.json"))
    terminal.done("--state", url, "state", "init")
    rehearsed = terminal.done(
        "--state", url, "state", "import", str(folder / "there.json"), "--dry-run"
    )
    assert "cleaner CLN001CU, 7 cleanings left" in rehearsed.out
    terminal.done("--state", url, "state", "import", str(folder / "there.json"))
    assert terminal.done("--state", url, "state", "check", "--json").json["contents"] == before
    terminal.done("--state", url, "state", "export", str(folder / "back.json"))
    there, back = (json.loads((folder / each).read_text()) for each in ("there.json", "back.json"))
    assert there["libraries"][0].pop("capabilities"), "which are asked anew"
    assert back["libraries"][0].pop("capabilities") == []
    assert there["libraries"] == back["libraries"]
    status = terminal.done("--state", url, "cleaner", "status", "--json").json
    assert status["cleaner"]["cleans_left"] == 7


def test_a_dry_run_leaves_nothing_there(shared: Terminal) -> None:
    shared.done("load", "1", "0", "--dry-run")
    shared.done("cleaner", "reserve", "4", "--dry-run")
    contents = shared.done("state", "check", "--json").json["contents"]
    assert all(not each["moves"] and not each["operations"] for each in contents["libraries"])


def test_a_library_is_forgotten(shared: Terminal) -> None:
    shared.done("load", "1", "0")
    (library,) = shared.done("state", "list", "--json").json["libraries"]
    shared.done("state", "forget", library["id"], "--yes")
    assert shared.done("state", "list", "--json").json["libraries"] == []


@pytest.mark.parametrize(
    ("function", "instead"), [("backup", "pg_dump"), ("restore", "pg_restore")]
)
def test_what_postgresql_does_by_itself_is_refused_with_the_way(
    shared: Terminal, folder: Path, function: str, instead: str
) -> None:
    run = shared.run("state", function, str(folder / "backup"))
    assert_ended_well(run)
    assert run.status == USAGE
    assert instead in run.err


def test_a_password_is_taken_from_no_command_line_and_from_no_settings(
    terminal: Terminal, folder: Path
) -> None:
    url = "postgresql://changer:secret@db/changer"
    settings = folder / "changer.toml"
    settings.write_text(f'store = "{url}"\n')
    runs = [terminal.run("--state", url, "status")]
    terminal.variables["CHANGER_STATE"] = url
    runs.append(terminal.run("status"))
    del terminal.variables["CHANGER_STATE"]
    terminal.variables["CHANGER_CONFIG"] = str(settings)
    runs.append(terminal.run("status"))
    for run in runs:
        assert run.status == USAGE
        assert "secret" not in run.out + run.err
        assert "postgresql://changer:***@db/changer" in run.err


def test_a_name_that_is_no_url_of_postgresql_is_refused(terminal: Terminal) -> None:
    run = terminal.run("--state", "mysql://db/changer", "status")
    assert run.status == USAGE
    assert "is not a URL of PostgreSQL" in run.err


def test_doctor_looks_at_the_server_and_its_clock(shared: Terminal, url: str) -> None:
    shared.done("load", "1", "0")
    before = shared.done("state", "export").json
    found = {each["check"]: each for each in shared.run("doctor", "--json").json["checks"]}
    assert found["state-store"]["level"] == "ok" and url in found["state-store"]["seen"]
    assert found["clock"]["level"] == "ok"
    assert "state-folder" not in found
    after = shared.done("state", "export").json
    assert before["libraries"] == after["libraries"]
