"""Where the server listens: addresses of this host, or a socket in the file system."""

from __future__ import annotations

import errno
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from pathlib import Path

from changer.errors import AccessDenied, ChangerError, HostError, ListenFailed, UsageError
from changer.host.trust import is_trusted, others_who_may_change
from changer.values import NamedTuple

HOST = "127.0.0.1"
PORT = 8410
"""Not assigned by IANA, below the ports that the kernel gives to clients, and apart from the range
from 9100 on in which Prometheus' exporters are numbered."""
_BACKLOG = 128
_STUCK_MILLISECONDS = 30_000
_MODE = 0o660


class Address(NamedTuple):
    """A host name or IP address, and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Listening(NamedTuple):
    """Sockets that listen.

    ``where``: in words; ``names``: by which they may be asked for; ``is_open``: others than this
    host reach them.
    """

    sockets: tuple[socket.socket, ...]
    where: str
    names: frozenset[str]
    is_open: bool


def parse_address(text: str) -> Address:
    """``127.0.0.1:8410``, ``[::1]:8410``, ``localhost:8410``; ``:8410`` of any address.

    Port 0 is any that is free.
    Raises UsageError.
    """
    host, colon, port = text.rpartition(":")
    if not colon or (":" in host and not (host.startswith("[") and host.endswith("]"))):
        raise UsageError(
            f"{text!r} is not HOST:PORT", hint=f"such as {HOST}:{PORT}, or [::1]:{PORT}"
        )
    if not (port.isascii() and port.isdecimal() and int(port[:6]) < 65536):
        raise UsageError(f"{port!r} is not a port", hint="a number up to 65535; 0 for any")
    return Address(host.removeprefix("[").removesuffix("]") or "0.0.0.0", int(port))  # noqa: S104


def resolve(address: Address) -> tuple[tuple[socket.AddressFamily, str], ...]:
    """The IP addresses of a host, each with its family. Raises ListenFailed."""
    try:
        found = socket.getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except (OSError, UnicodeError) as error:
        raise ListenFailed(
            f"can't listen on {address}: no address of {address.host} is known",
            hint="name an IP address of this host, or localhost",
        ) from error
    return tuple(dict.fromkeys((family, str(where[0])) for family, _, _, _, where in found))


def is_loopback(where: str) -> bool:
    """Whether an IP address is reached from this host alone."""
    return ip_address(where.partition("%")[0]).is_loopback


@contextmanager
def listening_on(address: Address) -> Iterator[Listening]:
    """Listen on all IP addresses of a host. Raises ListenFailed, AccessDenied."""
    resolved = resolve(address)
    sockets: list[socket.socket] = []
    try:
        for family, where in resolved:
            sockets.append(_bound(family, where, address))
        port = sockets[0].getsockname()[1]
        yield Listening(
            tuple(sockets),
            f"http://{address._replace(port=port)}/",
            frozenset({address.host.lower()}),
            is_open=not all(is_loopback(where) for _, where in resolved),
        )
    finally:
        for each in sockets:
            each.close()


def _bound(family: socket.AddressFamily, where: str, address: Address) -> socket.socket:
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Of the sockets that it accepts: a client that takes nothing is given up.
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _STUCK_MILLISECONDS)
        if family is socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.bind((where, address.port))
        opened.listen(_BACKLOG)
        opened.setblocking(False)
    except OSError as error:
        opened.close()
        raise _not_bound(error, address) from error
    return opened


def _not_bound(error: OSError, address: Address) -> ChangerError:
    what = f"can't listen on {address}"
    if error.errno == errno.EADDRINUSE:
        return ListenFailed(
            f"{what}: another program listens there",
            hint=f"name another port with --listen, or find that program: ss -ltnp sport = "
            f":{address.port}",
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return ListenFailed(
            f"{what}: this host has no such address", hint="ip address lists those it has"
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return AccessDenied(
            f"{what}: ports below 1024 are root's", hint=f"name another one, such as {PORT}"
        )
    return ListenFailed(f"{what}: {error.strerror}", hint="name another address with --listen")


@contextmanager
def listening_at(path: Path, *, group: str | None) -> Iterator[Listening]:
    """Listen at a path, for members of a group. Raises ListenFailed, AccessDenied, UsageError."""
    group_id = -1 if group is None else _group_id(group)
    try:
        for others in others_who_may_change(path.parent):
            raise others.refusal()
        _remove_dead(path)
        opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    except OSError as error:
        raise _not_placed(error, path) from error
    try:
        made = _bound_at(opened, path, group_id)
        opened.setblocking(False)
        yield Listening((opened,), f"unix:{path}", frozenset(), is_open=False)
        _remove(path, made)
    finally:
        opened.close()


def _bound_at(opened: socket.socket, path: Path, group_id: int) -> os.stat_result:
    """Nobody can connect before it listens, whatever its mode was when it was made."""
    try:
        opened.bind(str(path))
        os.chown(path, -1, group_id, follow_symlinks=False)
        path.chmod(_MODE)
        opened.listen(_BACKLOG)
        return path.lstat()
    except OSError as error:
        raise _not_placed(error, path) from error


def _remove_dead(path: Path) -> None:
    """Remove a socket that nobody listens at any more."""
    with suppress(FileNotFoundError):
        found = path.lstat()
        if not stat.S_ISSOCK(found.st_mode) or not is_trusted(found):
            raise ListenFailed(
                f"can't listen at {path}: there is another file", hint="name another path"
            )
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(str(path))
            except ConnectionRefusedError:
                path.unlink()
                return
        raise ListenFailed(
            f"can't listen at {path}: another program listens there",
            hint="name another path with --socket, or end that program",
        )


def _remove(path: Path, made: os.stat_result) -> None:
    with suppress(OSError):
        if os.path.samestat(path.lstat(), made):
            path.unlink()


def _not_placed(error: OSError, path: Path) -> HostError:
    if error.errno in (errno.EACCES, errno.EPERM):
        return AccessDenied(
            f"no permission to listen at {path}",
            hint="name a path in a folder of your own; only members can give a socket to a group",
        )
    reason = error.strerror or str(error)
    return ListenFailed(f"can't listen at {path}: {reason}", hint="name another path with --socket")


def _group_id(name: str) -> int:
    import grp

    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        raise UsageError(
            f"there is no group {name!r}", hint="getent group lists the groups of this host"
        ) from None
