"""A terminal of its own for each test of the command line."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from .terminal import Terminal


@pytest.fixture
def terminal(folder: Path, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """A shell in which sim:demo is the library."""
    return Terminal(folder, capsys)


@pytest.fixture
def changer_of_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The id of a changer that the kernel and udev know, at /dev/sg977; no command reaches it."""
    for name, text in {"type": "8", "vendor": "ADIC", "model": "FastStor DLT", "rev": "1"}.items():
        (tmp_path / name).write_text(f"{text}\n")
    (tmp_path / "vpd_pg80").write_bytes(b"\x08\x80\x00\x064711AB")
    node = SimpleNamespace(
        sys_number="977",
        parent=SimpleNamespace(sys_path=str(tmp_path)),
        device_node="/dev/sg977",
        device_links=[],
        properties={},
    )
    listed = {"subsystem": [node], "parent": []}
    context = SimpleNamespace(list_devices=lambda **by: listed[next(iter(by))])
    monkeypatch.setattr("pyudev.Context", lambda: context)
    return "ADIC_FastStor_DLT_4711AB"
