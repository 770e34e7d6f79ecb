"""A terminal of its own for each test of the command line."""

from __future__ import annotations

import pwd
from pathlib import Path
from types import SimpleNamespace

import pytest

from .terminal import Terminal


@pytest.fixture
def terminal(folder: Path, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """A shell in which sim:demo is the library."""
    return Terminal(folder, capsys)


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every user of this host is called so."""
    user = pwd.struct_passwd(("operator", "x", 0, 0, "", "/", "/bin/sh"))
    monkeypatch.setattr(pwd, "getpwuid", lambda _: user)
    for name in ("USER", "LOGNAME", "SUDO_USER"):
        monkeypatch.delenv(name, raising=False)


def changer_node(
    folder: Path, number: int, *names: str, serial: str = "", links: tuple[str, ...] = ()
) -> SimpleNamespace:
    """A changer as udev has it: vendor, product and revision, in a folder like sysfs' one."""
    folder.mkdir(exist_ok=True)
    for name, text in zip(("type", "vendor", "model", "rev"), ("8", *names), strict=True):
        (folder / name).write_text(f"{text}\n")
    if serial:
        page = bytes([0x08, 0x80, 0x00, len(serial)]) + serial.encode()
        (folder / "vpd_pg80").write_bytes(page)
    return SimpleNamespace(
        sys_number=str(number),
        parent=SimpleNamespace(sys_path=str(folder)),
        device_node=f"/dev/sg{number}",
        device_links=list(links),
        properties={},
    )


def let_udev_know(monkeypatch: pytest.MonkeyPatch, *nodes: SimpleNamespace) -> None:
    """These are all the SCSI devices of this host; no command reaches them."""
    listed = {"subsystem": list(nodes), "parent": []}
    context = SimpleNamespace(list_devices=lambda **by: listed[next(iter(by))])
    monkeypatch.setattr("pyudev.Context", lambda: context)


@pytest.fixture
def changer_of_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The id of a changer that the kernel and udev know, at /dev/sg977; no command reaches it."""
    names = ("ADIC", "FastStor DLT", "1")
    let_udev_know(monkeypatch, changer_node(tmp_path, 977, *names, serial="4711AB"))
    return "ADIC_FastStor_DLT_4711AB"
