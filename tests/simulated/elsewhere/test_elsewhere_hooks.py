"""Hooks that backup software calls on a client answer as they would at the owner."""

from __future__ import annotations

import os
import subprocess

import pytest
from cli.terminal import PROGRAM, Terminal

from .hosts import LIBRARY, Client

HOOKS = {name: str(PROGRAM.with_name(name)) for name in ("changer-autochanger", "changer-mtx")}


def call(host: Terminal, name: str, *words: str) -> tuple[int, str, str]:
    ended = subprocess.run(
        [HOOKS[name], *words],
        env=host.environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return ended.returncode, ended.stdout, ended.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("list",),
        ("listall",),
        ("slots",),
        ("loaded", "1", "/dev/nst0", "0"),
        ("load", "4", "/dev/nst0", "0"),
        ("load",),
    ],
    ids=" ".join,
)
def test_a_daemon_reads_what_it_would_read_at_the_owner(
    client: Client, owner: Terminal, words: tuple[str, ...]
) -> None:
    here = call(client, "changer-autochanger", LIBRARY, *words)
    there = call(owner, "changer-autochanger", "sim:demo", *words)
    assert here == there


def test_a_daemon_loads_and_unloads(client: Client, owner: Terminal) -> None:
    for command in ("load", "loaded", "unload"):
        status, _, err = call(
            client, "changer-autochanger", LIBRARY, command, "1", "/dev/nst0", "0"
        )
        assert (status, err) == (0, "")
        there = "drive:0" if command != "unload" else "1"
        assert owner.tag_at(there) == "A00001L8"


def test_mtx_shows_the_library_under_the_name_that_it_was_given(
    client: Client, owner: Terminal
) -> None:
    status, out, err = call(client, "changer-mtx", "-f", LIBRARY, "status")
    assert (status, err) == (0, "")
    _, there, _ = call(owner, "changer-mtx", "-f", "sim:demo", "status")
    assert out.splitlines()[0].split(":")[0].endswith(LIBRARY)
    assert out.splitlines()[1:] == there.splitlines()[1:]


def test_mtx_moves(client: Client, owner: Terminal) -> None:
    client.variables["CHANGER"] = LIBRARY
    assert call(client, "changer-mtx", "load", "1", "0")[0] == 0
    assert owner.tag_at("drive:0") == "A00001L8"
    assert call(client, "changer-mtx", "noattach", "unload", "4", "0")[0] == 0
    assert owner.tag_at("4") == "A00001L8"


def test_a_line_of_mtx_for_two_libraries_is_refused(client: Client, owner: Terminal) -> None:
    owner.program("status")
    words = ("-f", LIBRARY, "inquiry", "-f", "sim:demo", "inquiry")
    status, _, err = call(client, "changer-mtx", *words)
    assert status == 1 and "its own command line" in err
    client.program("state", "init", client.variables["CHANGER_STATE"])
    turned = ("-f", "sim:demo", "inquiry", "-f", LIBRARY, "unload")
    status, _, err = call(client, "changer-mtx", *turned)
    assert status == 1 and "what comes before it on this command line is not" in err


def test_an_owner_that_can_t_be_asked_is_a_failure_in_the_hook_s_form(client: Client) -> None:
    client.ask("ssh://owner.invalid")
    status, out, err = call(client, "changer-autochanger", LIBRARY, "list")
    assert (status, out) == (1, "")
    assert err.startswith("changer-autochanger: owner.invalid, which manages the library")
    assert call(client, "changer-mtx", "-f", LIBRARY, "status")[0] == 1


def test_an_owner_that_names_another_one_is_no_owner_of_a_hook_either(
    client: Client, owner: Terminal
) -> None:
    configuration = owner.folder / "changer.toml"
    before = configuration.read_text()
    configuration.write_text(client.configuration.read_text())
    try:
        for line in (
            ("changer-autochanger", LIBRARY, "list"),
            ("changer-mtx", "-f", LIBRARY, "status"),
        ):
            status, out, err = call(client, *line)
            assert (status, out) == (1, "")
            assert "its own settings name ssh://127.0.0.1" in err
    finally:
        configuration.write_text(before)


def test_a_device_that_is_not_here_is_no_one_s(client: Client) -> None:
    client.program("state", "init", client.variables["CHANGER_STATE"])
    device = f"/dev/sg{os.getpid()}"
    status, _, err = call(client, "changer-autochanger", device, "list")
    assert status == 1 and device in err
