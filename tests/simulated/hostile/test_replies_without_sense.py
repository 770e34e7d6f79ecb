"""A reply that makes no sense is an error of every program, and nothing is listed as gone by it."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from driver.virtual_library import NAME
from hooks.daemon import Daemon
from hooks.mtx_script import MtxScript

from changer.cli.main import main
from changer.errors import MalformedData
from changer.simulator.profile_choices import Unmatched
from changer.simulator.transport import SimulatedTransport
from changer.smc.command import Command, Reply
from changer.smc.elements import ElementType

from .liar import READ_ELEMENT_STATUS, overwritten

Change = Callable[[bytes], bytes]
HEADER, PAGE = 8, 16
OTHER_ADDRESSES = "elements of other addresses"

# SPECTRA 215 behind a bad adapter (mtx: "illegal Element Type Code 83 reported"), and the like.
GARBLED: dict[str, Change] = {
    "a page of type 83h": lambda data: overwritten(data, HEADER, b"\x83"),
    "a page of type FFh": lambda data: overwritten(data, HEADER, b"\xff"),
    "shifted by a byte": lambda data: data[:HEADER] + data[HEADER - 1 : -1],
    OTHER_ADDRESSES: lambda data: data[:PAGE] + bytes(len(data) - PAGE),
    "counted, and none described": lambda data: data[:5] + bytes(3),
    "cut after its header": lambda data: data[:HEADER],
    "cut after its page header": lambda data: data[:PAGE],
}


def garbled(change: Change, element_type: int) -> Any:
    """The device, whose replies about one type of element are changed on their way."""
    execute = SimulatedTransport.execute

    def garble(device: SimulatedTransport, command: Command[Any]) -> Reply:
        reply = execute(device, command)
        asked = command.cdb[0] == READ_ELEMENT_STATUS and command.cdb[1] & 0x0F == element_type
        return Reply(reply.status, change(reply.data)) if asked and reply.data else reply

    return patch.object(SimulatedTransport, "execute", garble)


def status_of(daemon: Daemon, change: Change, element_type: int) -> tuple[int, str, str]:
    """Exit status of ``changer status``, and what it prints."""
    out, err = io.StringIO(), io.StringIO()
    with (
        garbled(change, element_type),
        patch.dict(os.environ, {**daemon.library.environment, "CHANGER_CONFIG": ""}),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        status = main(["-l", f"sim:{NAME}", "status"])
    return status, out.getvalue(), err.getvalue()


# A picker may have another address than mode page 1Dh says: see below.
OF_STATUS = [(each, kind) for each in GARBLED for kind in (1, 2, 4)]
OF_STATUS.remove((OTHER_ADDRESSES, 1))


@pytest.mark.parametrize(("name", "element_type"), OF_STATUS)
def test_changer_status_is_malformed_data(folder: Path, name: str, element_type: int) -> None:
    status, out, err = status_of(Daemon(folder, "scalar"), GARBLED[name], element_type)
    assert (status, out) == (MalformedData.exit_status, "")
    assert "element status" in err


def test_a_picker_of_another_address_is_not_shown_and_in_nobodys_way(folder: Path) -> None:
    script = MtxScript(folder, "scalar")
    status, out, _ = status_of(script, GARBLED[OTHER_ADDRESSES], 1)
    assert status == 0 and "picker" not in out
    with garbled(GARBLED[OTHER_ADDRESSES], 1):
        assert script.mtx("load 1 0").status == 0


@pytest.mark.parametrize("words", ["list", "listall", "loaded 0 /dev/null 0"])
@pytest.mark.parametrize("change", GARBLED.values(), ids=GARBLED)
def test_a_daemon_gets_an_error_and_no_list(folder: Path, change: Change, words: str) -> None:
    daemon = Daemon(folder, "scalar")
    with garbled(change, 4 if "loaded" in words else 2):
        assert "element status" in daemon.refusal(*words.split())


@pytest.mark.parametrize("words", ["status", "load 1 0", "transfer 1 6"])
@pytest.mark.parametrize("change", GARBLED.values(), ids=GARBLED)
def test_a_script_gets_an_error_and_nothing_is_moved(
    folder: Path, change: Change, words: str
) -> None:
    script = MtxScript(folder, "scalar")
    before = script.library.truth.elements
    with garbled(change, 2):
        assert "element status" in script.failed(words)
    assert script.library.truth.elements == before


@pytest.mark.parametrize("unmatched", [Unmatched.EMPTY, Unmatched.BAD_ADDRESS])
def test_a_library_whose_every_magazine_is_out_tells_that_it_has_no_slot_now(
    folder: Path, unmatched: Unmatched
) -> None:
    script = MtxScript(folder, "omitting", unmatched=unmatched)
    for number in (1, 2, 3):
        script.library.fault(f"magazine-out {number}")
    assert script.mtx("status").status == 0
    with script.library.open() as library:
        assert library.read().of_type(ElementType.STORAGE) == ()
