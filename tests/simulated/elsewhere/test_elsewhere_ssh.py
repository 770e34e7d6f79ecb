"""What ssh is given, and what is said of each way in which it ends before an owner speaks."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from called import environment_set

from changer.errors import ChangerError, OwnerUnreachable
from changer.library.opening import host_request
from changer.library.owner_address import OwnerAddress
from changer.library.settings import Configuration
from changer.owner.answers import Answers
from changer.owner.conversation import Conversation

from .hosts import ssh_is

HOST = OwnerAddress("owner")
WHOLE = OwnerAddress("owner", "joe", 2222)
QUOTE = 300  # characters of a line that another program printed


def told_by(folder: Path, script: str, address: OwnerAddress = HOST) -> ChangerError:
    """The error for an ssh that does that instead of reaching an owner."""
    answers = Answers(host_request("test", Configuration()), lambda _: "")
    with (
        ssh_is(folder, script),
        Conversation(address, answers, lambda _: None) as line,
        pytest.raises(OwnerUnreachable) as raised,
    ):
        line.connect("1")
    return raised.value


@pytest.mark.parametrize(
    ("address", "words"),
    [
        (HOST, ["--", "owner", "changer __owner"]),
        (OwnerAddress("owner", "joe"), ["-l", "joe", "--", "owner", "changer __owner"]),
        (OwnerAddress("::1", None, 22), ["-p", "22", "--", "::1", "changer __owner"]),
        (WHOLE, ["-p", "2222", "-l", "joe", "--", "owner", "changer __owner"]),
    ],
    ids=str,
)
def test_ssh_is_given_the_address_and_options_that_let_it_do_nothing_else(
    folder: Path, address: OwnerAddress, words: list[str]
) -> None:
    told_by(folder, f"printf '%s\\n' \"$@\" >'{folder}/words'", address)
    given = (folder / "words").read_text().splitlines()
    options, given = given[: -len(words)], given[-len(words) :]
    assert given == words
    assert {"-T", "-oBatchMode=yes", "-oClearAllForwardings=yes", "-oForwardAgent=no"} < {*options}
    assert all(re.fullmatch("-T|-o[A-Za-z0-9]+=[A-Za-z0-9]+", each) for each in options)


def test_ssh_gets_what_a_login_needs_of_the_environment_and_a_session_of_its_own(
    folder: Path,
) -> None:
    """Ctrl-C must not cut the line: it is passed on."""
    script = f"env >'{folder}/env'; cut -d' ' -f6 /proc/$$/stat >'{folder}/session'; pwd"
    given = {"SSH_AUTH_SOCK": "/run/agent", "LD_PRELOAD": "", "LANG": "C.UTF-8"}
    with environment_set(given, without=("KRB5CCNAME", "XDG_RUNTIME_DIR")):
        error = told_by(folder, script)
    assert "it printed '/' instead of an answer" in error.message
    lines = (folder / "env").read_text().splitlines()
    found = dict(each.split("=", 1) for each in lines)
    assert found["SSH_AUTH_SOCK"] == "/run/agent"
    assert found["PATH"] == "/usr/sbin:/usr/bin:/sbin:/bin" and found["LC_ALL"] == "C"
    assert not {"LD_PRELOAD", "LANG", "KRB5CCNAME"} & {*found}
    assert int((folder / "session").read_text()) != os.getsid(0)


CANT = "owner, which manages the library, can't be asked: "
LOGIN = "ssh -p 2222 joe@owner"


@pytest.mark.parametrize(
    ("script", "words", "hint"),
    [
        ("exit 255", "ssh failed without a word", f"to try it: {LOGIN}"),
        ("echo Odd. >&2; exit 255", "Odd", f"to try it: {LOGIN}"),
        (
            "echo 'joe@owner: Permission denied (publickey).' >&2; exit 255",
            "it refused the login (joe@owner: Permission denied (publickey))",
            "put a key of this user into ~/.ssh/authorized_keys there; "
            f"to try it: {LOGIN}",
        ),
        (
            "echo 'REMOTE HOST IDENTIFICATION HAS CHANGED!' >&2; echo no >&2; exit 255",
            "its host key is another one than before (no)",
            "if it was installed anew, take its old key out: ssh-keygen -R '[owner]:2222'; "
            f"then log in once by hand to confirm the new one: {LOGIN}",
        ),
        *(
            (
                f"exit {status}",
                "changer is not installed there, or not in the PATH of its user "
                f"(status {status})",
                f"install it there; what its shell finds: {LOGIN} command -v changer",
            )
            for status in (126, 127)
        ),
        (
            "echo first >&2; echo sh: changer: not found >&2; exit 127",
            "changer is not installed there, or not in the PATH of its user "
            "(sh: changer: not found)",
            f"install it there; what its shell finds: {LOGIN} command -v changer",
        ),
        *(
            (
                f"exit {status}",
                f"its changer ended with status {status}: no reason given",
                f"it must be of the same version as here: {LOGIN} changer --version",
            )
            for status in (0, 125, 128, 254)
        ),
        (
            "echo >&2; echo ' the first. ' >&2; echo last >&2; exit 1",
            "its changer ended with status 1: the first",
            f"it must be of the same version as here: {LOGIN} changer --version",
        ),
        (
            f"printf '%0{QUOTE}d9' 1 >&2; exit 255",
            "1".zfill(QUOTE),
            f"to try it: {LOGIN}",
        ),
        *(
            (
                f"{prints}; exit 1",
                "it printed 'Hi' instead of an answer",
                "what it prints to a program must be changer's answer alone; "
                f"to see it: {LOGIN} true",
            )
            for prints in ("echo Hi; echo there", "printf 'Hi\\rthere'")
        ),
    ],
)  # fmt: skip
def test_how_ssh_ended_is_said_with_what_helps(
    folder: Path, script: str, words: str, hint: str
) -> None:
    error = told_by(folder, script, WHOLE)
    assert (error.message, error.hint) == (CANT + words, hint)


@pytest.mark.parametrize(
    ("address", "login"),
    [
        (HOST, "ssh owner"),
        (OwnerAddress("owner", "joe"), "ssh joe@owner"),
        (OwnerAddress("owner", None, 22), "ssh -p 22 owner"),
    ],
    ids=str,
)
def test_login_to_try_by_hand_is_that_of_the_address(
    folder: Path, address: OwnerAddress, login: str
) -> None:
    assert told_by(folder, "exit 255", address).hint == f"to try it: {login}"


def test_key_of_a_host_at_the_usual_port_is_known_by_its_name(folder: Path) -> None:
    error = told_by(folder, "echo remote host identification has changed >&2; exit 255")
    assert "ssh-keygen -R owner; " in (error.hint or "")
