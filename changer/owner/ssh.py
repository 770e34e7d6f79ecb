"""OpenSSH's ssh, run as the line to an owner: how it is started, and what its failures mean."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

from changer.errors import ChangerError, OwnerUnreachable, ToolMissing
from changer.host.guarded_files import CLEAN_ENVIRONMENT, find_program
from changer.library.owner_address import OwnerAddress

COMMAND = "changer __owner"
"""All that the owner's shell is given: the request itself is sent to its standard input."""

_OPTIONS = (
    "-T",
    "-oBatchMode=yes",
    "-oConnectTimeout=15",
    "-oConnectionAttempts=1",
    "-oServerAliveInterval=15",
    "-oServerAliveCountMax=3",
    "-oClearAllForwardings=yes",
    "-oForwardAgent=no",
    "-oForwardX11=no",
    "-oPermitLocalCommand=no",
    "-oRemoteCommand=none",
    "-oRequestTTY=no",
    "-oEscapeChar=none",
    "-oLogLevel=ERROR",
)
# What ssh needs of the environment, besides what is clean: agents, and tickets.
_KEPT = ("HOME", "SSH_AUTH_SOCK", "KRB5CCNAME", "USER", "LOGNAME", "XDG_RUNTIME_DIR")
_FAILED = 255  # ssh itself; any other status is the remote command's
_NOT_FOUND, _NOT_RUN = 127, 126
_LONGEST_QUOTE = 300

# What ssh (or sshd) says, in lower case, what is wrong then, and what helps.
_REASONS: tuple[tuple[str, str, str], ...] = (
    (
        "remote host identification has changed",
        "its host key is another one than before",
        "if it was installed anew, take its old key out: ssh-keygen -R {known}; "
        "then log in once by hand to confirm the new one: {login}",
    ),
    (
        "host key verification failed",
        "its host key is not known here",
        "log in once by hand, as the same user, and compare the key: {login}",
    ),
    (
        "permission denied",
        "it refused the login",
        "put a key of this user into ~/.ssh/authorized_keys there; to try it: {login}",
    ),
    (
        "too many authentication failures",
        "it refused the login",
        "name the right key for it in ~/.ssh/config (IdentityFile, IdentitiesOnly); to try it: "
        "{login}",
    ),
    ("connection refused", "nothing listens there", "is sshd running on {host}, and on that port?"),
    ("timed out", "it does not answer", "is {host} running, and its network? To try it: {login}"),
    ("no route to host", "there is no way to it", "check its network; to try it: {login}"),
    ("network is unreachable", "there is no way to it", "check the network of this host"),
    (
        "could not resolve hostname",
        "its name is not known",
        "check the manager in the settings, or DNS and /etc/hosts: getent hosts {host}",
    ),
    (
        "connection closed by",
        "it closed the connection",
        "its log says why: journalctl -u ssh; to try it: {login}",
    ),
)


def start(address: OwnerAddress) -> subprocess.Popen[bytes]:
    """Start ssh, in a session of its own: Ctrl-C is passed on, and must not cut the line.

    Raises ToolMissing.
    """
    try:
        return _start(["ssh", *_words(address)])
    except OSError as error:
        raise ToolMissing(
            f"ssh can't be run: {error.strerror or error}",
            hint="install OpenSSH's client: apt install openssh-client (Debian, Ubuntu), "
            "dnf install openssh-clients (Red Hat, Fedora), zypper install openssh-clients (SUSE)",
        ) from error


def ended(process: subprocess.Popen[bytes], seconds: float) -> int | None:
    """The status that it ends with within that time; None if it does not end."""
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return None


def _words(address: OwnerAddress) -> list[str]:
    words = [*_OPTIONS]
    words += ["-p", str(address.port)] if address.port else []
    words += ["-l", address.user] if address.user else []
    return [*words, "--", address.host, COMMAND]


def _start(argv: Sequence[str]) -> subprocess.Popen[bytes]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    environment = {**CLEAN_ENVIRONMENT, **kept}
    return subprocess.Popen(  # noqa: S603
        [find_program(argv[0]), *argv[1:]],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        start_new_session=True,
        cwd="/",
    )


def unreachable(
    address: OwnerAddress, *, status: int | None, said: str, printed: str
) -> ChangerError:
    """Why no conversation began. ``status``: of ssh, None if it was ended here for its silence.

    ``said``: on its standard error; ``printed``: on its standard output.
    """
    host = address.host
    words = {"host": host, "known": _known_host(address), "login": _login(address)}
    owner = f"{host}, which manages the library, can't be asked"
    if status is None:
        return OwnerUnreachable(
            f"{owner}: it did not answer in time", hint=f"to try it: {_login(address)}"
        )
    if status == _FAILED:
        for sign, what, hint in _REASONS:
            if sign in said.lower():
                quoted = f" ({_last_line(said)})" if _last_line(said) else ""
                return OwnerUnreachable(f"{owner}: {what}{quoted}", hint=hint.format(**words))
        why = _last_line(said) or "ssh failed without a word"
        return OwnerUnreachable(f"{owner}: {why}", hint=f"to try it: {_login(address)}")
    if status in (_NOT_FOUND, _NOT_RUN):
        return OwnerUnreachable(
            f"{owner}: changer is not installed there, or not in the PATH of its user "
            f"({_last_line(said) or f'status {status}'})",
            hint=f"install it there; what its shell finds: {_login(address)} command -v changer",
        )
    if printed.strip():
        return no_answer(address, printed)
    return OwnerUnreachable(
        f"{owner}: its changer ended with status {status}: {_line(said, 0) or 'no reason given'}",
        hint=f"it must be of the same version as here: {_login(address)} changer --version",
    )


def no_answer(address: OwnerAddress, printed: str) -> OwnerUnreachable:
    """The error for a line on which something else than an owner speaks."""
    return OwnerUnreachable(
        f"{address.host}, which manages the library, can't be asked: it printed "
        f"{_line(printed, 0)!r} instead of an answer",
        hint=f"what it prints to a program must be changer's answer alone; to see it: "
        f"{_login(address)} true",
    )


def other_version(address: OwnerAddress, *, there: str, here: str) -> OwnerUnreachable:
    """The error for an owner that this client would misunderstand."""
    return OwnerUnreachable(
        f"{address.host}, which manages the library, has changer {there}, which does not "
        f"understand this host's changer {here}",
        hint="install the same version on both",
    )


def _login(address: OwnerAddress) -> str:
    port = f"-p {address.port} " if address.port else ""
    user = f"{address.user}@" if address.user else ""
    return f"ssh {port}{user}{address.host}"


def _known_host(address: OwnerAddress) -> str:
    """As known_hosts names it."""
    return f"'[{address.host}]:{address.port}'" if address.port else address.host


def _last_line(text: str) -> str:
    return _line(text, -1)


def _line(text: str, which: int) -> str:
    lines = [each.strip() for each in text.splitlines() if each.strip()]
    return lines[which][:_LONGEST_QUOTE].rstrip(".") if lines else ""
