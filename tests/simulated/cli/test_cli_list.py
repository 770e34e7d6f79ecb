"""``changer list``: every column and key of the libraries of this host, and of other hosts'."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import changer_node, let_udev_know
from .terminal import Terminal

BY_ID = "/dev/tape/by-id"
SETTINGS = """\
[library."ADIC_FastStor_DLT_4711AB"]
alias = "stor"
[library."HP_MSL_1"]
manager = "ssh://tape1"
alias = "msl"
[library."HP_ESL_2"]
manager = "ssh://tape2"
"""


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A changer with links and a serial number, and one with neither."""
    links = (f"{BY_ID}/scsi-1-changer", f"{BY_ID}/scsi-0", "/dev/changer")
    let_udev_know(
        monkeypatch,
        changer_node(
            tmp_path / "1", 978, "ADIC", "FastStor DLT", "D1", serial="4711AB", links=links
        ),
        changer_node(tmp_path / "0", 977, "ACME", "BOX", "7"),
    )


@pytest.fixture
def settings(terminal: Terminal) -> None:
    file = terminal.folder / "changer.toml"
    file.write_text(SETTINGS)
    terminal.variables["CHANGER_CONFIG"] = str(file)


@pytest.mark.usefixtures("two")
def test_a_row_has_all_that_names_a_library(terminal: Terminal) -> None:
    assert terminal.done("list").out.splitlines() == [
        "ID                        DEVICE      VENDOR  PRODUCT       SERIAL  LINK",
        "ACME_BOX                  /dev/sg977  ACME    BOX           -       -",
        "ADIC_FastStor_DLT_4711AB  /dev/sg978  ADIC    FastStor DLT  4711AB  "
        "/dev/tape/by-id/scsi-1-changer",
    ]


@pytest.mark.usefixtures("two", "settings")
def test_aliases_stand_behind_and_libraries_of_other_hosts_before(terminal: Terminal) -> None:
    assert terminal.done("list").out.splitlines() == [
        "HP_MSL_1 (msl) is managed by another host: ssh://tape1",
        "HP_ESL_2 is managed by another host: ssh://tape2",
        "ID                        DEVICE      VENDOR  PRODUCT       SERIAL  "
        "LINK                            ALIAS",
        "ACME_BOX                  /dev/sg977  ACME    BOX           -       "
        "-                               -",
        "ADIC_FastStor_DLT_4711AB  /dev/sg978  ADIC    FastStor DLT  4711AB  "
        "/dev/tape/by-id/scsi-1-changer  stor",
    ]


@pytest.mark.usefixtures("two", "settings")
def test_the_document_has_the_same(terminal: Terminal) -> None:
    box = {"vendor": "ACME", "product": "BOX", "revision": "7"}
    stor = {"vendor": "ADIC", "product": "FastStor DLT", "revision": "D1"}
    assert terminal.done("list", "--json").json == {
        "schema": "changer.list/1",
        "libraries": [
            {
                "id": "ACME_BOX",
                "device": "/dev/sg977",
                "serial": None,
                **box,
                "by_id": None,
                "alias": None,
            },
            {
                "id": "ADIC_FastStor_DLT_4711AB",
                "device": "/dev/sg978",
                "serial": "4711AB",
                **stor,
                "by_id": "/dev/tape/by-id/scsi-1-changer",
                "alias": "stor",
            },
        ],
        "elsewhere": [
            {"id": "HP_MSL_1", "alias": "msl", "manager": "ssh://tape1"},
            {"id": "HP_ESL_2", "alias": None, "manager": "ssh://tape2"},
        ],
    }


def test_a_host_without_a_library_says_where_to_look(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_udev_know(monkeypatch)
    assert terminal.done("list").out.splitlines() == [
        "No medium changer on this host.",
        "lsscsi -g shows what the kernel sees; changer sim list the virtual libraries.",
    ]
    document = terminal.done("list", "--json").json
    assert (document["libraries"], document["elsewhere"]) == ([], [])


@pytest.mark.usefixtures("settings")
def test_a_host_whose_libraries_are_all_elsewhere_lists_these_alone(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_udev_know(monkeypatch)
    assert terminal.done("list").out.splitlines() == [
        "HP_MSL_1 (msl) is managed by another host: ssh://tape1",
        "HP_ESL_2 is managed by another host: ssh://tape2",
    ]
