"""An owner that can't be asked is one clear error, whatever is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from cli.terminal import Run
from owner_line import free_port

from .hosts import Client

UNREACHABLE = 24


def _refused(client: Client) -> None:
    client.ask(f"ssh://127.0.0.1:{free_port()}")


def _nameless(client: Client) -> None:
    client.ask("ssh://owner.invalid")


def _unknown(client: Client) -> None:
    client.line.known_hosts.write_text("")


def _changed(client: Client) -> None:
    client.line.know("other_key")


def _denied(client: Client) -> None:
    client.line.allow("other_key")


def _runs(command: str) -> Callable[[Client], None]:
    return lambda client: client.line.allow("key", f'command="{command}"')


WRONG: dict[str, tuple[Callable[[Client], None], str, str]] = {
    "nothing listens": (_refused, "nothing listens there", "is sshd running"),
    "no such name": (_nameless, "its name is not known", "getent hosts owner.invalid"),
    "strange host": (_unknown, "its host key is not known here", "ssh -p"),
    "changed host": (_changed, "another one than before", "ssh-keygen -R '[127.0.0.1]:"),
    "no key": (_denied, "it refused the login", "authorized_keys"),
    "no changer": (_runs("changer-nowhere"), "not installed there", "command -v changer"),
    "chatter": (_runs("echo Welcome!"), "it printed 'Welcome!'", "alone"),
    "older changer": (
        _runs("echo unknown command __owner >&2; exit 2"),
        "ended with status 2: unknown command __owner",
        "changer --version",
    ),
    "newer changer": (
        _runs('echo \'{\\"hello\\":\\"9.9\\",\\"host\\":\\"x\\",\\"protocol\\":99}\''),
        "has changer 9.9, which does not understand",
        "the same version",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_said_with_what_helps(client: Client, what: str) -> None:
    arrange, words, hint = WRONG[what]
    arrange(client)
    run = client.program("--json", "load", "1", "0")
    assert run.status == UNREACHABLE and run.out == ""
    (line,) = run.err.splitlines()
    error = json.loads(line)["error"]
    assert error["code"] == "owner-unreachable"
    assert error["ntms"] == {"name": "ERROR_NOT_CONNECTED", "code": 2250}
    assert words in error["message"] and hint in error["hint"]


def test_monitoring_is_told_in_its_own_form(client: Client) -> None:
    _refused(client)
    run = client.program("check", "--nagios")
    assert run.status == 2 and run.err == ""
    assert run.out.startswith("CHANGER CRITICAL: 127.0.0.1, which manages the library")


def test_a_host_without_ssh_says_what_to_install(client: Client) -> None:
    run = client.program("--json", "status", PATH=str(client.folder))
    assert run.error["code"] == "tool-missing" and "openssh-client" in run.error["hint"]


def test_a_key_may_be_restricted_to_the_library(client: Client) -> None:
    client.line.allow("key", 'restrict,command="changer __owner"')
    assert client.program("status").status == 0
    assert _of_hook(client.program("move", "1", "4")) == (0, "")


def _of_hook(run: Run) -> tuple[int, str]:
    return run.status, run.err
