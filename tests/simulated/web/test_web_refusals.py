"""The server as a hostile client meets it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from waiting import wait_until

from changer.errors import UsageError
from changer.web.answer import SECURITY_HEADERS

from .running import Host, Server

TOKEN = "0123456789abcdef0123456789abcdef"
ONLY_THIS = b"\r\nConnection: close\r\n\r\n"  # else a server that takes it waits for another
DATA = ("/api/v1/libraries", "/api/v1/overview", "/api/v1/history", "/events", "/api/v1/nothing")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One for all that changes nothing."""
    with Server(Host(tmp_path_factory.mktemp("host"))) as server:
        yield server


@pytest.fixture
def tokens(folder: Path) -> Path:
    file = folder / "tokens"
    file.write_text(f"{TOKEN}\n")
    file.chmod(0o600)
    return file


def test_every_refusal(server: Server) -> None:
    overview = "/api/v1/overview"
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE"):
        refused = server.ask(overview, method=method)
        assert (refused.status, refused.headers["allow"]) == (405, "GET, HEAD")
    for path, status in {
        "/nothing": 404,
        "/api/v1/": 404,
        "/api/v1/overview/": 404,
        "/api/v1/overview?x=1": 400,
        "/api/v1/libraries?x=1": 400,
        "/api/v1/overview?library=other": 404,
        "/api/v1/overview?library=a&library=b": 404,
        "/api/v1/history?limit=1001": 400,
        "/api/v1/history?limit=-1": 400,
        "/api/v1/history?limit=1&limit=2": 400,
        "/api/v1/history?label=%00": 400,
        "/api/v1/history?label=A&label=B": 400,
        "/api/v1/plots?days=99999": 400,
        "/api/v1/find": 400,
        "/events?library=other": 404,
        "/events?x=1": 400,
    }.items():
        assert server.ask(path).status == status, path
    for headers, status in (
        ({"host": "evil.example"}, 421),
        ({"origin": "http://evil.example"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"content-length": "5"}, 413),
    ):
        for path in (overview, "/events", "/nothing"):
            assert server.ask(path, headers=headers).status == status, (path, headers)
    assert [each for each in server.said if "warning" in each] == []


@pytest.mark.parametrize(
    "path",
    [
        *("/../etc/passwd", "/page/../server.py", "/page/%2e%2e/server.py", "/page/..%2fserver.py"),
        *("/page//etc/passwd", "/page/", "/page/.keep", "//etc/passwd", "/page/%00index.html"),
        *("/page/index.html/..", "/page\\..\\server.py", "/api/v1/../../server.py", "/.git/config"),
        *("http://evil.example/api/v1/overview", "*", "/%0d%0aset-cookie:%20a=b", "/\x7f"),
    ],
)
def test_nothing_but_the_table_of_files_is_there(server: Server, path: str) -> None:
    got = server.send(
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode("latin-1")
    )
    head, _, body = got.partition(b"\r\n\r\n")
    assert head.split()[1] in (b"404", b"400"), got
    assert b"import" not in body and b"root:" not in got and b"set-cookie" not in head.lower()
    assert b"evil" not in got and b"etc" not in got, "no word of the request comes back"


@pytest.mark.parametrize(
    "request_line",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: a" + ONLY_THIS,
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX:" + b"a" * 100_000 + ONLY_THIS,
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: a" + ONLY_THIS,
        b"\x1b[31mGET / \x07\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n folded: x" + ONLY_THIS,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_what_is_not_a_request_is_answered_as_such(server: Server, request_line: bytes) -> None:
    got = server.send(request_line)
    assert got.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 405 ", b"HTTP/1.1 421 ")), got
    assert b"content-security-policy" in got
    assert server.ask("/api/v1/libraries").status == 200
    assert [each for each in server.said if "warning" in each] == []


def test_an_upgrade_is_not_made(server: Server) -> None:
    headers = {"connection": "Upgrade", "upgrade": "websocket", "sec-websocket-key": "a" * 24}
    answer = server.ask("/events", headers=headers, method="HEAD")
    assert answer.status in (200, 400) and answer.status != 101


def test_every_answer_has_the_headers_that_bind_a_browser(server: Server) -> None:
    asked = [server.ask(path) for path in ("/api/v1/libraries", "/nothing", "/api/v1/find")]
    asked.append(server.ask("/api/v1/libraries", method="HEAD"))
    asked.append(server.ask("/", headers={"host": "evil.example"}))
    asked.append(server.ask("/", method="POST"))
    etag = server.ask("/api/v1/overview").headers["etag"]
    asked.append(server.ask("/api/v1/overview", headers={"if-none-match": etag}))
    for answer in asked:
        assert {name: answer.headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS
        assert answer.headers["cache-control"] == "private, no-cache"
        assert not {"server", "set-cookie", "access-control-allow-origin"} & {*answer.headers}


def test_head_has_no_body(server: Server) -> None:
    answer = server.ask("/api/v1/libraries", method="HEAD")
    assert (answer.status, answer.body) == (200, b"") and int(answer.headers["content-length"]) > 2
    assert server.ask("/events", method="HEAD").status == 200


def test_data_needs_a_token_of_the_file(host: Host, tokens: Path) -> None:
    with Server(host, "--token-file", str(tokens)) as server:
        for path in DATA:
            for header in ("", "Bearer x", f"Basic {TOKEN}", f"Bearer {TOKEN[:-1]}"):
                refused = server.ask(path, headers={"authorization": header})
                assert (refused.status, refused.error) == (401, "access-denied")
                assert refused.headers["www-authenticate"].startswith("Bearer")
                assert TOKEN.encode() not in refused.body
        admitted = {"authorization": f"Bearer {TOKEN}"}
        assert server.ask("/api/v1/libraries", headers=admitted).status == 200
        with server.events(headers=admitted) as stream:
            stream.next("overview")
    assert not any(TOKEN in line for line in server.said)


def test_tokens_are_read_again_and_streams_of_old_ones_end(host: Host, tokens: Path) -> None:
    old, new = {"authorization": f"Bearer {TOKEN}"}, {"authorization": f"Bearer {TOKEN[::-1]}"}
    with Server(host, "--token-file", str(tokens)) as server:
        with server.events(headers=old) as stream:
            stream.next("overview")
            tokens.write_text(TOKEN[::-1])
            server.process.send_signal(signal.SIGHUP)
            assert stream.next("bye") == {}
        assert server.ask("/api/v1/libraries", headers=old).status == 401
        assert server.ask("/api/v1/libraries", headers=new).status == 200
        tokens.chmod(0o644)
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: any("stay as they were" in each for each in server.said))
        assert server.ask("/api/v1/libraries", headers=new).status == 200


def test_other_hosts_need_a_token(host: Host, tokens: Path) -> None:
    status, said = host.refused("--listen", "0.0.0.0:0")
    assert status == UsageError.exit_status and "needs a token" in said
    with Server(host, "--listen", "0.0.0.0:0", "--token-file", str(tokens)) as server:
        assert server.ask("/api/v1/libraries").status == 401


def test_names_that_are_allowed(host: Host) -> None:
    with Server(host, "--allow-host", "Tapes.example") as server:
        asked = "/api/v1/libraries"
        assert server.ask(asked, headers={"host": "tapes.example:443"}).status == 200
        assert server.ask(asked, headers={"host": "other.example"}).status == 421


def test_a_socket_is_asked_as_an_address_is(host: Host) -> None:
    path = host.folder / "http"
    with Server(host, "--socket", str(path)) as server:
        assert server.ask("/api/v1/libraries").status == 200
        with server.events() as stream:
            stream.next("overview")
    assert not path.exists()
