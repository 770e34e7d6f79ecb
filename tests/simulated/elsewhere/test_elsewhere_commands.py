"""Commands about a library of another host do there, and say here, what they would say there."""

from __future__ import annotations

import os
import socket

import pytest
from cli.terminal import USAGE, Terminal

from .hosts import LIBRARY, Client, moving_at_owner

ELSEWHERE = 26


@pytest.mark.parametrize(
    "words",
    [
        ("status",),
        ("status", "--json"),
        ("status", "--color", "always"),
        ("drives",),
        ("list",),
        ("find", "A00001L8", "--json"),
        ("load", "1", "0", "--dry-run"),
        ("scsi", "--", "12", "00", "00", "00", "60", "00"),
        ("check",),
        ("metrics", "--format", "json"),
        ("-v", "status"),
        ("load", "A00009L8", "0"),
        ("--json", "load", "4", "0"),
        ("cleaner", "release"),
    ],
    ids=" ".join,
)
def test_a_command_says_what_it_says_at_the_owner(
    client: Client, owner: Terminal, words: tuple[str, ...]
) -> None:
    here, there = client.program(*words), owner.program(*words)
    connecting = "connecting to 127.0.0.1\n" if "-v" in words else ""
    assert (here.status, here.out, here.err.removeprefix(connecting)) == (
        *(there.status, there.out),
        there.err,
    )


def test_a_cartridge_is_moved_and_recorded_there(client: Client, owner: Terminal) -> None:
    run = client.program("load", "A00001L8", "0", "--ready")
    assert (run.status, run.err) == (0, "")
    assert run.out == "moved A00001L8 from slot 1 to drive 0, sim:demo/drive:0\n"
    assert owner.tag_at("drive:0") == "A00001L8"
    assert not (client.folder / "nothing").exists() and not client.simulated.exists()
    assert "slot 1 -> drive 0  ok" in owner.program("history").out
    assert client.program("history").out == owner.program("history").out


def test_the_screen_of_top_is_at_the_owner_and_its_picture_here(client: Client) -> None:
    refused = client.program("top")
    assert (refused.status, refused.out) == (USAGE, "")
    assert f"ssh -t {socket.gethostname()} changer top" in refused.err
    shown = client.program("top", "--once")
    assert shown.status == 0, shown
    assert "1 # A00001L8" in shown.out


def test_who_waits_is_told_for_which_host_the_other_command_runs(
    client: Client, slow: Terminal
) -> None:
    moving = moving_at_owner(client, slow, "move", "1", "4")
    run = slow.program("--json", "move", "2", "6")
    moving.communicate()
    assert run.error["code"] == "library-busy"
    assert f"changer move 1 4 (for {os.uname().nodename})" in run.err


def test_a_mistake_on_the_command_line_needs_no_owner(client: Client) -> None:
    client.ask("ssh://nobody.invalid")
    run = client.program("status", "--nonsense")
    assert run.status == USAGE and "--nonsense" in run.err


@pytest.mark.parametrize(
    "words",
    [("sim", "list"), ("-l", "sim:demo", "status"), ("help", "status"), ("--version",)],
    ids=" ".join,
)
def test_what_concerns_this_host_alone_stays_here(client: Client, words: tuple[str, ...]) -> None:
    client.ask("ssh://nobody.invalid")
    del client.variables["CHANGER_STATE"]
    state = client.folder / "state" / "state.db"
    client.variables["CHANGER_STATE"] = str(state)
    client.program("state", "init", str(state))
    run = client.program(*words)
    assert (run.status, run.err) == (0, "")


@pytest.mark.parametrize(
    ("option", "command"), [("--state", "status"), ("--trace", "status"), ("--output", "metrics")]
)
def test_a_file_of_this_host_is_not_taken_for_one_there(
    client: Client, option: str, command: str
) -> None:
    run = client.program(command, option, str(client.folder / "file"))
    assert run.status == USAGE and option in run.err and "127.0.0.1" in run.err


def test_a_library_is_named_by_its_id_or_a_part_of_it(client: Client) -> None:
    for name in (LIBRARY, "sim3594706848"):
        assert client.program("-l", name, "--json", "status").json["library"]["id"] == LIBRARY
    run = client.program("--json", "-l", "L700", "status")
    assert run.error["code"] == "no-library"
    assert run.error["message"].startswith(socket.gethostname())


def test_one_library_of_several_has_its_owner_in_its_table(client: Client) -> None:
    address = f"ssh://127.0.0.1:{client.line.port}"
    client.configuration.write_text(f'[library."{LIBRARY}"]\nmanager = "{address}"\n')
    assert client.program("--json", "status").json["library"]["id"] == LIBRARY
    assert client.program("--json", "check").json["library"]["id"] == LIBRARY
    assert client.program("-l", "L700", "status").status == 3
    assert f"{LIBRARY} is managed by another host: {address}" in client.program("list").out
    client.ask("ssh://nobody.invalid", f'[library."{LIBRARY}"]\nmanager = "{address}"\n')
    assert client.program("--json", "-l", LIBRARY, "status").json["library"]["id"] == LIBRARY
    client.ask(address, f'[library."{LIBRARY}"]\nmanager = "here"\n')
    assert client.program("--json", "-l", LIBRARY, "status").error["code"] != "owner-unreachable"


def test_a_list_of_labels_is_read_here(client: Client, owner: Terminal) -> None:
    labels = client.folder / "labels"
    labels.write_text("# out\nA00001L8\n")
    run = client.program("--json", "export", "--from-file", str(labels), "--dry-run")
    assert run.status == 0 and "A00001L8" in run.out
    shown = client.program("export", "--from-file", "-", "--dry-run", shell_tail=f"< {labels}")
    assert shown.out == owner.program("export", "A00001L8", "--dry-run").out
    gone = client.program("export", "--from-file", str(client.folder / "gone"))
    assert gone.status == 72 and str(client.folder / "gone") in gone.err


def test_times_are_those_of_this_host(client: Client) -> None:
    client.program("move", "1", "4")
    hours = [
        int(client.program("history", TZ=zone).out.split()[1].split(":")[0])
        for zone in ("UTC", "Asia/Tokyo")
    ]
    assert (hours[1] - hours[0]) % 24 == 9


def test_a_terminal_here_is_one_there(client: Client, owner: Terminal) -> None:
    for columns in (50, 100):
        here = client.on_screen("status", columns=columns, lines=50)
        there = owner.on_screen("status", columns=columns, lines=50)
        assert here.out == there.out and "\033[" in here.out
        assert here.status == 0


def test_a_question_is_answered_here(client: Client) -> None:
    client.program("move", "1", "4")
    assert client.program("history", "prune", "--before", "1d").status == USAGE
    status, text = client.answered("no", "history", "prune", "--before", "1d")
    assert status == USAGE and "[yes/No]" in text and "not confirmed" in text


def test_an_owner_that_names_another_one_is_no_owner(client: Client, owner: Terminal) -> None:
    configuration = owner.folder / "changer.toml"
    before = configuration.read_text()
    configuration.write_text(client.configuration.read_text())
    try:
        for words in (("status",), ("load", "1", "0")):
            run = client.program("--json", *words)
            assert run.status == ELSEWHERE
            assert run.error["code"] == "library-elsewhere"
            assert "its own settings name ssh://127.0.0.1" in run.error["message"]
    finally:
        configuration.write_text(before)
