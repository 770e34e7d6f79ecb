"""What a start shows and says: which libraries, and why it does not start."""

from __future__ import annotations

import json
import subprocess

import pytest
from waiting import wait_until

from changer.errors import ListenFailed, NoLibrary, ToolMissing, UsageError
from changer.host.clock import SystemClock
from changer.store.sqlite import open_store

from .running import PATIENCE_SECONDS, PROGRAM, Host, Server


def on_record(host: Host, *serials: str) -> list[str]:
    """Libraries of metal that were seen on this host, and are away."""
    ids = [f"ACME_L700_{each}" for each in serials]
    with open_store(host.state, clock=SystemClock()) as store:
        for library_id, serial in zip(ids, serials, strict=True):
            store.remember_library(
                library_id,
                vendor="ACME",
                product="L700",
                revision="1",
                serial=serial,
                device="/dev/sg9999",
            )
    return ids


def test_every_library_of_the_host_is_shown_by_its_name(host: Host) -> None:
    one, two, off = on_record(host, "1", "2", "3")
    (host.folder / "changer.toml").write_text(
        f'[library."{one}"]\nalias = "left"\n[library."{off}"]\nenabled = false\n'
    )
    with Server(host, words=()) as server:
        wait_until(lambda: server.ask(f"/api/v1/overview?library={two}").json["trouble"])
        shown = server.ask("/api/v1/libraries").json["libraries"]
        assert [(each["id"], each["alias"], each["state"]) for each in shown] == [
            (one, "left", "unknown"),
            (two, None, "unknown"),
        ]
        unnamed = server.ask("/api/v1/overview")
        assert (unnamed.status, unnamed.error) == (400, "ambiguous-library")
        assert server.ask("/api/v1/overview?library=left").json["library"]["id"] == one
        assert server.ask(f"/api/v1/overview?library={off}").status == 404
        assert server.ask(f"/api/v1/status?library={one}").status == 503
        with server.events(f"/events?library={two}") as stream:
            assert stream.next("overview")["library"] == two
        assert one.encode() in server.ask("/metrics").body


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        (("--listen", "nonsense"), UsageError, "is not HOST:PORT"),
        (("--listen", "127.0.0.1:1", "--socket", "x"), UsageError, "exclude each other"),
        (("--group", "tape"), UsageError, "--group is for --socket"),
        (("--allow-host", "a b"), UsageError, "is not the name of a host"),
        (("--interval", "1"), UsageError, "from 5 on"),
        (("--listen", "192.0.2.1:8410", "--token-file", "TOKENS"), ListenFailed, "no such address"),
    ],
)
def test_what_is_wrong_is_said(
    host: Host, options: tuple[str, ...], error: type[UsageError | ListenFailed], words: str
) -> None:
    tokens = host.folder / "tokens"
    tokens.write_text("0123456789abcdef\n")
    tokens.chmod(0o600)
    status, said = host.refused(*(str(tokens) if each == "TOKENS" else each for each in options))
    assert status == error.exit_status and words in said


def test_a_host_without_a_library_says_so(host: Host) -> None:
    done = subprocess.run(
        [PROGRAM, "serve", "--listen", "127.0.0.1:0"],
        env=host.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    assert done.returncode == NoLibrary.exit_status


@pytest.mark.unmeasured
def test_without_its_library_it_says_what_to_install(host: Host) -> None:
    missing = host.folder / "path" / "uvicorn"
    missing.mkdir(parents=True)
    (missing / "__init__.py").write_text("raise ImportError('none here')\n")
    done = subprocess.run(
        [PROGRAM, "-l", "sim:it", "--json", "serve"],
        env={**host.environment, "PYTHONPATH": str(missing.parent)},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    error = json.loads(done.stderr)["error"]
    assert (done.returncode, error["code"]) == (ToolMissing.exit_status, ToolMissing.code)
    assert "pip install 'changer[web]'" in error["hint"]
    assert "apt install python3-uvicorn" in error["hint"]
