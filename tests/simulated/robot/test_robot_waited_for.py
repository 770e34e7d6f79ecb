"""While the robot moves, no signal ends the wait for it, and nobody else gets its library."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from driver.virtual_library import VirtualLibrary
from waiting import wait_until

from .slow_device import HOST, SlowDevice

COMMANDS = {
    "load": ("load", "1", "0"),
    "inventory": ("inventory",),
    "position": ("position", "4"),
    "mail slot": ("scsi", "--", "1b", "00", "00", "0a", "00", "00"),
}
WAITING = "interrupted: waiting for the robot, up to"


@pytest.fixture
def device(folder: Path) -> Iterator[SlowDevice]:
    library = VirtualLibrary(folder, "demo", drive_load_seconds=0, serial="SERIAL0001")
    outside = folder / "outside"
    outside.mkdir()
    device = SlowDevice(library, outside)
    with device.plugged_in():
        yield device


@pytest.mark.rows(one_in=2)
@pytest.mark.parametrize("name", COMMANDS)
def test_the_library_of_a_killed_command_is_busy_until_the_robot_stands(
    device: SlowDevice, name: str
) -> None:
    process = device.start(*COMMANDS[name])
    process.kill()
    process.wait()
    for _ in range(5):
        assert not device.is_free()
        time.sleep(0.1)
    device.go()
    wait_until(device.is_free)


@pytest.mark.rows(one_in=4)
@pytest.mark.parametrize(
    ("numbers", "status", "word"),
    [
        ((signal.SIGINT, signal.SIGINT), 130, "interrupted"),
        ((signal.SIGTERM, signal.SIGHUP), 129, "terminated"),
        ((signal.SIGTERM, signal.SIGTERM, signal.SIGTERM), 143, "terminated"),
    ],
    ids=["SIGINT twice", "SIGTERM and SIGHUP", "SIGTERM three times"],
)
@pytest.mark.parametrize("name", COMMANDS)
def test_no_signals_end_the_wait(
    device: SlowDevice, name: str, numbers: tuple[int, ...], status: int, word: str
) -> None:
    process = device.start(*COMMANDS[name])
    assert process.stderr is not None
    said = ""
    for number in numbers:
        process.send_signal(number)
        while WAITING not in said:  # two that come together are seen in no order
            line = process.stderr.readline()
            assert line, said
            said += line
        time.sleep(0.3)
    assert process.poll() is None
    assert not device.is_free()
    device.go()
    _, rest = process.communicate(timeout=120)
    said += rest
    assert process.returncode == status, said
    assert said.count(WAITING) == 1
    last = said.splitlines()[-1]
    if name == "load":
        assert last == f"changer: {word}: A00001L8 is in drive 0"
        (move,) = device.library.rows("moves")
        assert move["outcome"] == "completed", said
    else:
        assert last == f"changer: {word}"


THREADS = (
    HOST
    + """
import threading, time
import changer

def press():
    while not os.path.exists(sys.argv[1] + "/started"):
        time.sleep(0.01)
    for _ in range(2):
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)
        time.sleep(0.3)
    open(sys.argv[1] + "/go", "w").close()

thread = threading.Thread(target=press)
thread.start()
with changer.open_library("/dev/null") as library:
    try:
        library.load("1", "0")
    except KeyboardInterrupt as interrupt:
        print(*interrupt.__notes__)
    print([each.volume_tag for each in library.status().drives])
thread.join()
"""
)


def test_a_program_with_threads_waits_as_well(device: SlowDevice) -> None:
    """The signal comes to the other thread, and its handler in the main one."""
    process = device.start(str(device.folder), script=THREADS)
    out, said = process.communicate(timeout=120)
    assert out.splitlines()[0] == "A00001L8 is in drive 0", said
    assert "A00001L8" in out.splitlines()[1]
    assert process.returncode == 0, said
    (move,) = device.library.rows("moves")
    assert move["outcome"] == "completed", said


WORKER = (
    HOST
    + """
import threading, time
import changer

def work():
    with changer.open_library("/dev/null") as library:
        library.load("1", "0")
thread = threading.Thread(target=work)
thread.start()
try:
    while thread.is_alive():  # Python 3.11 loses a thread whose join is interrupted
        time.sleep(0.05)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""
)


def test_a_move_in_another_thread_ends_by_itself(device: SlowDevice) -> None:
    process = device.start(script=WORKER)
    process.send_signal(signal.SIGINT)
    assert process.stdout is not None
    assert process.stdout.readline() == "interrupted\n"
    device.go()
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    (move,) = device.library.rows("moves")
    assert move["outcome"] == "completed", said
