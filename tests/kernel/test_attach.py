"""A virtual library is shown as devices of the kernel, until it is asked to end or can't go on."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from waiting import wait_until

from changer.host.processes import command_of
from changer.simulator.creation import create

from .attached_library import (
    CORE,
    LOOPBACK,
    attach,
    begin_simulate,
    kernel_objects,
    nodes,
    simulate,
    simulate_here,
)
from .program import REAL_START, end_of
from .waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.guest_only


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With two libraries, ``one`` and ``two``, neither of them attached."""
    folder = tmp_path_factory.mktemp("attach")
    for name in ("one", "two"):
        create(name, folder=folder, profile="demo", serial=f"ATTACH-{name}")
    return folder


@pytest.fixture(autouse=True)
def nothing_left(folder: Path) -> Iterator[None]:
    assert kernel_objects() == []
    yield
    left = kernel_objects()
    for name in simulate_here(folder, "list", "--json").document["attached"]:
        simulate(folder, "detach", name)  # or one failure would be many
    assert left == []


def begin_shown(folder: Path, name: str) -> tuple[subprocess.Popen[str], str]:
    """``changer sim attach`` in the foreground, and what it said once its devices were there."""
    process = begin_simulate(folder, "attach", name)
    assert process.stdout is not None
    said = "".join(process.stdout.readline() for _ in range(5))
    return process, said


def test_unknown_library_is_not_attached(folder: Path) -> None:
    ended = simulate_here(folder, "attach", "three", "--json")
    assert (ended.exit_status, ended.error["code"]) == (3, "no-library")
    assert "one, two" in ended.error["message"]


def test_library_that_is_not_attached_is_not_detached(folder: Path) -> None:
    ended = simulate_here(folder, "detach", "one", "--json")
    assert (ended.exit_status, ended.error["code"]) == (70, "simulator-refused")
    assert "not attached" in ended.error["message"]


def test_background_returns_when_the_devices_are_there_and_detach_ends_it(folder: Path) -> None:
    words = ("attach", "one", "--background", "--json")
    ended = simulate(folder, *words, prefix=REAL_START)
    assert ended.exit_status == 0, ended
    document = ended.document
    assert document["schema"] == "changer.sim-attached/1"
    assert list(document) == [
        *("schema", "name", "process_id", "units", "drivers_missing", "export")
    ]
    assert (document["name"], document["drivers_missing"]) == ("one", [])
    assert document["export"] is None
    assert all(Path(node).is_char_device() for unit in document["units"] for node in nodes(unit))
    assert os.getsid(document["process_id"]) == document["process_id"], "no terminal is its own"
    ended = simulate(folder, "detach", "one", "--json")
    assert ended.exit_status == 0, ended
    assert ended.document == {"schema": "changer.sim-detached/1", "names": ["one"]}
    assert not any(Path(node).exists() for unit in document["units"] for node in nodes(unit))
    assert command_of(document["process_id"]) == "", "it has ended"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_foreground_runs_until_a_signal_and_ends_well(folder: Path, number: signal.Signals) -> None:
    process, said = begin_shown(folder, "one")
    assert said.startswith(f"sim:one is attached, by process {process.pid}:\n")
    assert said.endswith("end it: changer sim detach one\n")
    assert all(Path(word).exists() for word in said.split() if word.startswith("/dev/"))
    process.send_signal(number)
    ended = end_of(process)
    assert (ended.exit_status, ended.stdout) == (0, ""), ended


def test_reader_that_goes_away_does_not_end_it(folder: Path) -> None:
    process, _ = begin_shown(folder, "one")
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    process.stderr.close()
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1)
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_SECONDS) == 0


def test_reader_that_is_gone_before_there_is_anything_to_read_ends_it(folder: Path) -> None:
    process = begin_simulate(folder, "attach", "one")
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait(PATIENCE_SECONDS) == 141
    assert process.stderr is not None
    with process.stderr:
        assert "Traceback" not in process.stderr.read()


MOMENTS: dict[str, Callable[[], bool]] = {
    "at once": lambda: True,
    "a backstore": lambda: any(CORE.glob("user_*/sim:one:0")),
    "the last ring": lambda: any("uio" in each and "one/2" in each for each in kernel_objects()),
    "a target": lambda: any(LOOPBACK.glob("naa.*/tpgt_0")),
    "the changer": lambda: any(LOOPBACK.glob("naa.*/tpgt_0/lun/lun_0/unit")),
    "the last drive": lambda: any(LOOPBACK.glob("naa.*/tpgt_2/lun/lun_0/unit")),
}  # fmt: skip
"""How far the start has come, by what the kernel has."""


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        (moment, (signal.SIGTERM, signal.SIGINT)[turn % 2])
        for turn, moment in enumerate(MOMENTS)
    ],
)  # fmt: skip
def test_signal_during_the_start_leaves_nothing(
    folder: Path, moment: str, number: signal.Signals
) -> None:
    process = begin_simulate(folder, "attach", "one")
    wait_until(MOMENTS[moment])
    process.send_signal(number)
    ended = end_of(process)
    # Negative: before Python minds signals. 0: everything was there already.
    assert ended.exit_status in (-number, 128 + number, 0), ended


def test_signal_to_the_one_that_waits_leaves_nothing_in_the_background(folder: Path) -> None:
    process = begin_simulate(folder, "attach", "one", "--background")
    wait_until(MOMENTS["a backstore"])
    process.send_signal(signal.SIGINT)
    assert end_of(process).exit_status == 130
    wait_until(lambda: simulate_here(folder, "list", "--json").document["attached"] == {})


def test_library_whose_file_is_deleted_ends_its_attachment(folder: Path) -> None:
    create("three", folder=folder, profile="demo")
    process, _ = begin_shown(folder, "three")
    (file,) = folder.glob("three*.json")
    file.unlink()
    ended = end_of(process)
    assert (ended.exit_status, ended.stdout) == (10, "")
    assert "virtual library 'three' was deleted" in ended.stderr


def test_two_libraries_have_devices_of_their_own(folder: Path) -> None:
    one, two = attach("one", folder), attach("two", folder)
    generic = [unit["generic"] for library in (one, two) for unit in library.units]
    assert len(set(generic)) == 6
    assert simulate(folder, "detach", "one").exit_status == 0
    assert not Path(one.device).exists()
    subprocess.run(["sg_turs", two.device], check=True, capture_output=True, timeout=60)
    assert simulate_here(folder, "list", "--json").document["attached"] == {"two": two.process_id}
    assert simulate(folder, "detach", "two").exit_status == 0
