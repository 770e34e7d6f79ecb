"""Addresses and paths to listen at, and what is wrong with those that can't be used."""

from __future__ import annotations

import errno
import grp
import os
import socket
import stat
from pathlib import Path

import pytest
from pytest_mock import MockerFixture
from users import IS_ROOT, NOBODY

from changer.errors import AccessDenied, ChangerError, ListenFailed, UsageError
from changer.web.listening import (
    HOST,
    Address,
    is_loopback,
    listening_at,
    listening_on,
    parse_address,
)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:8410", Address("127.0.0.1", 8410)),
        ("[::1]:80", Address("::1", 80)),
        ("tapes.example:0", Address("tapes.example", 0)),
        (":8410", Address("0.0.0.0", 8410)),
        ("localhost:65535", Address("localhost", 65535)),
        ("localhost:000080", Address("localhost", 80)),
    ],
)
def test_address(text: str, address: Address) -> None:
    assert parse_address(text) == address
    assert parse_address(str(address)) == address


@pytest.mark.parametrize(
    "text",
    (
        *("", "8410", "localhost", "localhost:", "localhost:x", "localhost:65536", "localhost:-1"),
        *("::1:8410", "[::1]", "localhost:8410/", "localhost:٣", f"localhost:{'9' * 5000}"),
    ),
)
def test_what_is_not_an_address_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_address(text)


@pytest.mark.parametrize("where", ["127.0.0.1", "127.1.2.3", "::1"])
def test_loopback(where: str) -> None:
    assert is_loopback(where)


@pytest.mark.parametrize("where", ["0.0.0.0", "::", "192.0.2.1", "fe80::1%lo", "::ffff:192.0.2.1"])
def test_other_addresses_are_open_to_others(where: str) -> None:
    assert not is_loopback(where)


def test_any_address_is_open_to_others() -> None:
    with listening_on(Address("0.0.0.0", 0)) as listening:
        assert listening.is_open


def test_sockets_are_those_of_the_address_and_are_closed_at_the_end() -> None:
    with listening_on(Address("127.0.0.1", 0)) as listening:
        (opened,) = listening.sockets
        port = opened.getsockname()[1]
        assert listening.names == {"127.0.0.1"} and not opened.getblocking()
        with socket.create_connection(("127.0.0.1", port), 60):
            pass
    assert opened.fileno() == -1


def test_a_port_that_is_taken_is_said_to_be(folder: Path) -> None:
    with listening_on(Address("127.0.0.1", 0)) as listening:
        assert not listening.is_open
        port = listening.sockets[0].getsockname()[1]
        assert listening.where == f"http://127.0.0.1:{port}/"
        with (
            pytest.raises(ListenFailed, match="another program listens there") as raised,
            listening_on(Address("127.0.0.1", port)),
        ):
            pass
    assert f":{port}" in str(raised.value.hint)
    with listening_on(Address("127.0.0.1", port)):
        pass  # it is free at once


def test_one_port_is_listened_at_by_ipv4_and_ipv6(folder: Path) -> None:
    """As localhost may mean; and where others mean one of them, they get that one."""
    with listening_on(Address("0.0.0.0", 0)) as first:
        port = first.sockets[0].getsockname()[1]
        with listening_on(Address("::", port)) as second:
            assert second.sockets[0].getsockname()[:2] == ("::", port)


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("192.0.2.1", "has no such address"),
        ("nowhere.invalid", "no address of nowhere.invalid is known"),
        ("a" * 300, "no address of"),
    ],
)
def test_an_address_that_this_host_lacks_is_said_to_be(host: str, words: str) -> None:
    with pytest.raises(ListenFailed, match=words), listening_on(Address(host, 8410)):
        pass


def failing(with_error: int) -> type[socket.socket]:
    """Sockets that can't be bound."""

    class Failing(socket.socket):
        def bind(self, _address: object) -> None:
            raise OSError(with_error, os.strerror(with_error))

    return Failing


def open_descriptors() -> int:
    return len([*Path("/proc/self/fd").iterdir()])


@pytest.mark.parametrize(
    ("error", "kind", "words", "hint"),
    [
        (
            errno.EADDRINUSE,
            ListenFailed,
            "another program listens there",
            "name another port with --listen, or find that program: ss -ltnp sport = :80",
        ),
        (
            errno.EADDRNOTAVAIL,
            ListenFailed,
            "this host has no such address",
            "ip address lists those it has",
        ),
        (
            errno.EACCES,
            AccessDenied,
            "ports below 1024 are root's",
            "name another one, such as 8410",
        ),
        (
            errno.EPERM,
            AccessDenied,
            "ports below 1024 are root's",
            "name another one, such as 8410",
        ),
        (
            errno.ENOBUFS,
            ListenFailed,
            "No buffer space available",
            "name another address with --listen",
        ),
    ],
)
def test_an_address_that_can_not_be_had_is_said_to_be_with_what_to_do(
    mocker: MockerFixture, error: int, kind: type[ChangerError], words: str, hint: str
) -> None:
    before = open_descriptors()
    mocker.patch("socket.socket", failing(error))
    with pytest.raises(kind) as raised, listening_on(Address("127.0.0.1", 80)):
        pass
    assert raised.value.message == f"can't listen on 127.0.0.1:80: {words}"
    assert raised.value.hint == hint
    assert open_descriptors() == before


@pytest.mark.parametrize(
    ("error", "kind", "words", "hint"),
    [
        *(
            (
                each,
                AccessDenied,
                "no permission to listen at {}",
                "name a path in a folder of your own; only members can give a socket to a group",
            )
            for each in (errno.EACCES, errno.EPERM)
        ),
        (
            errno.EROFS,
            ListenFailed,
            "can't listen at {}: Read-only file system",
            "name another path with --socket",
        ),
    ],
)
def test_a_path_that_can_not_be_had_is_said_to_be_with_what_to_do(
    folder: Path, mocker: MockerFixture, error: int, kind: type[ChangerError], words: str, hint: str
) -> None:
    before = open_descriptors()
    mocker.patch("socket.socket", failing(error))
    with pytest.raises(kind) as raised, listening_at(folder / "http", group=None):
        pass
    assert raised.value.message == words.format(folder / "http")
    assert raised.value.hint == hint
    assert open_descriptors() == before


def test_one_of_two_addresses_that_can_not_be_had_leaves_none(mocker: MockerFixture) -> None:
    """As where IPv6 is switched off."""
    before = open_descriptors()
    resolved = [(family, 1, 6, "", (where, 0)) for family, where in ((2, HOST), (2, "192.0.2.1"))]
    mocker.patch("socket.getaddrinfo", return_value=resolved)
    with pytest.raises(ListenFailed), listening_on(Address("localhost", 0)):
        pass
    assert open_descriptors() == before


def test_all_addresses_of_a_name_are_listened_at_once_each(mocker: MockerFixture) -> None:
    resolved = [(2, 1, 6, "", (where, 0)) for where in (HOST, HOST, "127.0.0.2")]
    mocker.patch("socket.getaddrinfo", return_value=resolved)
    with listening_on(Address("Tapes", 0)) as listening:
        assert [each.getsockname()[0] for each in listening.sockets] == [HOST, "127.0.0.2"]
        assert listening.names == {"tapes"} and not listening.is_open
        port = listening.sockets[0].getsockname()[1]
        assert listening.where == f"http://Tapes:{port}/"


def test_a_client_that_takes_nothing_is_given_up_by_the_kernel_too() -> None:
    with (
        listening_on(Address(HOST, 0)) as listening,
        socket.create_connection(listening.sockets[0].getsockname(), 60),
    ):
        reuse = listening.sockets[0].getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR)
        assert reuse == 1, "after a restart the port is free at once"
        listening.sockets[0].setblocking(True)
        accepted, _ = listening.sockets[0].accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 30_000


@pytest.mark.skipif(not IS_ROOT, reason="gives a socket to another group")
def test_socket_is_given_to_its_group_alone(folder: Path) -> None:
    group = grp.getgrall()[-1]
    with listening_at(folder / "http", group=group.gr_name) as listening:
        found = (folder / "http").stat()
        assert (found.st_uid, found.st_gid) == (0, group.gr_gid)
        assert not listening.sockets[0].getblocking()


@pytest.mark.skipif(not IS_ROOT, reason="gives a socket to another user")
def test_socket_of_a_stranger_is_not_replaced(folder: Path) -> None:
    path = folder / "http"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    os.chown(path, NOBODY, -1)
    with pytest.raises(ListenFailed, match="another file"), listening_at(path, group=None):
        pass
    assert path.exists()


def test_socket_is_for_its_group_and_goes_with_the_server(folder: Path) -> None:
    path = folder / "http"
    with listening_at(path, group=None) as listening:
        found = path.lstat()
        assert stat.S_ISSOCK(found.st_mode) and stat.S_IMODE(found.st_mode) == 0o660
        assert listening.where == f"unix:{path}" and not listening.is_open
        with pytest.raises(ListenFailed, match="another program"), listening_at(path, group=None):
            pass
    assert not path.exists()


def test_socket_that_a_dead_server_left_is_replaced(folder: Path) -> None:
    path = folder / "http"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with listening_at(path, group=None) as listening:
        (opened,) = listening.sockets
        assert opened.getsockname() == str(path)


def test_socket_of_another_server_that_came_since_is_left(folder: Path) -> None:
    path = folder / "http"
    with socket.socket(socket.AF_UNIX) as other:
        with listening_at(path, group=None):
            path.unlink()
            other.bind(str(path))
        assert path.exists()


@pytest.mark.parametrize("kind", ["file", "link", "folder"])
def test_another_file_is_not_replaced(folder: Path, kind: str) -> None:
    path, target = folder / "http", folder / "target"
    target.write_text("precious")
    if kind == "file":
        path.write_text("precious")
    elif kind == "link":
        path.symlink_to(target)
    else:
        path.mkdir()
    with pytest.raises(ListenFailed, match="another file"), listening_at(path, group=None):
        pass
    assert path.exists() and target.read_text() == "precious"


def test_a_folder_of_everyone_is_refused(folder: Path) -> None:
    place = folder / "open"
    place.mkdir()
    place.chmod(0o1777)
    with pytest.raises(AccessDenied), listening_at(place / "http", group=None):
        pass
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("name", ["missing/http", "a" * 120])
def test_a_path_that_can_not_be_made_is_said_to_be(folder: Path, name: str) -> None:
    with pytest.raises(ListenFailed), listening_at(folder / name, group=None):
        pass


def test_an_unknown_group_is_refused(folder: Path) -> None:
    with pytest.raises(UsageError), listening_at(folder / "http", group="no-such-group"):
        pass
    assert not (folder / "http").exists()
