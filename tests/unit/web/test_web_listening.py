"""Addresses and paths to listen at, and what is wrong with those that can't be used."""

from __future__ import annotations

import socket
import stat
from pathlib import Path

import pytest

from changer.errors import AccessDenied, ListenFailed, UsageError
from changer.web.listening import Address, is_loopback, listening_at, listening_on, parse_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:8410", Address("127.0.0.1", 8410)),
        ("[::1]:80", Address("::1", 80)),
        ("tapes.example:0", Address("tapes.example", 0)),
        (":8410", Address("0.0.0.0", 8410)),
    ],
)
def test_address(text: str, address: Address) -> None:
    assert parse_address(text) == address


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
