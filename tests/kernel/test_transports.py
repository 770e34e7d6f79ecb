"""Both transports on a real node: the same replies and errors, and nothing sent twice or lost."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from pytest_mock import MockerFixture
from waiting import wait_until

from changer.errors import (
    AccessDenied,
    ChangerError,
    CommandTimedOut,
    DeviceNotAvailable,
    LibraryBusy,
    TransportFailed,
)
from changer.host.clock import SystemClock
from changer.lock.flock import LibraryLock
from changer.smc.cdb import raw
from changer.smc.command import Command, Reply, Status
from changer.transport import Transport
from changer.transport.device_node import open_generic
from changer.transport.sg_io import HEADER, DriverRequest, SgIo
from changer.transport.sg_raw import SgRaw

from .attached_library import AttachedLibrary
from .faulty_library import (
    LIBRARY_ID,
    LINK,
    MOVE_MEDIUM,
    SHORT_SECONDS,
    TEST_UNIT_READY,
    FaultyLibrary,
    shown_places,
    true_places,
)
from .program import Program, end_of

pytestmark = pytest.mark.guest_only

TRANSPORTS: dict[str, Callable[[Path], Transport]] = {"sg_raw": SgRaw, "sg_io": SgIo}
both = pytest.mark.parametrize("name", TRANSPORTS)

READINGS = {
    "ready": ("00 00 00 00 00 00", 0),
    "identity": ("12 00 00 00 60 00", 96),
    "identity, less than there is": ("12 00 00 00 05 00", 5),
    "serial number": ("12 01 80 00 ff 00", 255),
    "a page that it lacks": ("12 01 aa 00 ff 00", 255),
    "element addresses": ("1a 08 1d 00 ff 00", 255),
    "all slots": ("b8 12 00 00 ff ff 00 00 ff ff 00 00", 0xFFFF),
    "all slots, more asked for than is carried": ("b8 12 00 00 ff ff 00 01 00 00 00 00", 1 << 20),
    "an odd number of bytes": ("b8 12 00 00 ff ff 00 00 00 1d 00 00", 29),
    "an opcode that it lacks": ("c0 00 00 00 00 00", 0),
}


@pytest.fixture
def library(attached_faulty: AttachedLibrary) -> Iterator[FaultyLibrary]:
    """A library of which only the device matters."""
    library = FaultyLibrary(attached_faulty, Program(LIBRARY_ID, {}))
    library.make_new()
    yield library
    library.fault("clear")
    wait_until(is_at_rest)  # what was left to the kernel, it ends in its time


def reading(
    words: str = "00 00 00 00 00 00", length: int = 0, *, seconds: float = 60
) -> Command[bytes]:
    return raw(bytes.fromhex(words), allocation_length=length, timeout_seconds=seconds)


def is_at_rest() -> bool:
    """Whether no command is under way to the device, as the kernel has it."""
    return (sysfs() / "device_busy").read_text() == "0\n"


def sysfs() -> Path:
    """The kernel's folder of the device."""
    return Path("/sys/class/scsi_generic") / LINK.resolve().name / "device"


def begin_load(library: FaultyLibrary) -> subprocess.Popen[str]:
    """``changer load 1``, under way: the robot has its order."""
    sent = library.truth.commands.get(MOVE_MEDIUM, 0)
    process = library.changer.begin("load", "1")
    wait_until(lambda: library.truth.commands.get(MOVE_MEDIUM, 0) > sent)
    return process


def error_of(name: str, *, seconds: float = 60) -> ChangerError:
    with pytest.raises(ChangerError) as caught:
        TRANSPORTS[name](LINK).execute(reading(seconds=seconds))
    return caught.value


@pytest.mark.rows(one_in=3)
@pytest.mark.parametrize(("words", "length"), READINGS.values(), ids=READINGS)
def test_both_bring_the_same_reply(library: FaultyLibrary, words: str, length: int) -> None:
    with library.counting() as counted:
        through_program, through_driver = (
            each(LINK).execute(reading(words, length)) for each in TRANSPORTS.values()
        )
    assert through_driver == through_program
    assert counted.get(int(words[:2], 16)) in (2, None)  # none is sent by the kernel, nor twice
    assert bool(through_driver.data) == (length > 0 and through_driver.status == Status.GOOD)


@pytest.mark.rows(one_in=3)
@pytest.mark.parametrize("fault", ["unit-attention 28/00", "sense 02/04/12", "sense 01/0B/01"])
def test_both_bring_the_same_sense_data(library: FaultyLibrary, fault: str) -> None:
    replies = []
    for each in TRANSPORTS.values():
        library.fault(f"{fault} on 00")
        replies.append(each(LINK).execute(reading()))
    assert replies[0] == replies[1]
    assert replies[0].sense


@pytest.mark.rows(one_in=2)
@both
def test_reservation_conflict_is_a_reply(library: FaultyLibrary, name: str) -> None:
    library.fault("reservation-conflict on 12")
    reply = TRANSPORTS[name](LINK).execute(reading("12 00 00 00 60 00", 96))
    assert reply == Reply(Status.RESERVATION_CONFLICT)


@pytest.mark.rows(one_in=2)
@both
def test_command_that_is_never_answered_is_a_time_out(library: FaultyLibrary, name: str) -> None:
    library.fault("hang on 00")
    with library.counting() as counted:
        error = error_of(name, seconds=SHORT_SECONDS)
    assert type(error) is CommandTimedOut
    assert "DID_TIME_OUT" in error.message, "the kernel gave up, and not the program"
    assert counted[TEST_UNIT_READY] == 1
    wait_until(library.answers)


@pytest.mark.rows(one_in=2)
@both
def test_lost_connection_is_a_failed_transport(library: FaultyLibrary, name: str) -> None:
    library.fault("no-reply on 12")
    with pytest.raises(TransportFailed, match="Host_status"):
        TRANSPORTS[name](LINK).execute(reading(*READINGS["identity"]))
    wait_until(library.answers)


@pytest.mark.rows(one_in=2)
@both
def test_device_that_is_unplugged_while_it_works_is_a_failed_transport(
    library: FaultyLibrary, name: str
) -> None:
    library.fault("hang on 00")
    before = library.truth.commands.get(TEST_UNIT_READY, 0)

    def unplug() -> None:
        wait_until(lambda: library.truth.commands.get(TEST_UNIT_READY, 0) > before)
        library.fault("unplugged")

    thread = threading.Thread(target=unplug)
    thread.start()
    error = error_of(name, seconds=2 * SHORT_SECONDS)  # the kernel waits for it until then
    thread.join()
    assert isinstance(error, TransportFailed | CommandTimedOut), error
    wait_until(lambda: not LINK.is_symlink())
    assert type(error_of(name)) is DeviceNotAvailable
    library.fault("clear")
    library.fault("plugged")
    wait_until(LINK.exists)
    wait_until(library.answers)


@pytest.mark.rows(one_in=2)
@both
def test_device_that_the_kernel_set_offline_is_not_available(
    library: FaultyLibrary, name: str
) -> None:
    state = sysfs() / "state"
    state.write_text("offline\n")
    try:
        with library.counting() as counted:
            error = error_of(name)
    finally:
        state.write_text("running\n")
    assert type(error) is DeviceNotAvailable
    assert "offline" in error.message
    assert counted.get(TEST_UNIT_READY, 0) == 0


@pytest.mark.rows(one_in=2)
@both
def test_device_that_another_program_has_for_itself_is_not_available(
    library: FaultyLibrary, name: str
) -> None:
    alone = os.open(LINK, os.O_RDWR | os.O_EXCL | os.O_NONBLOCK)
    try:
        error = error_of(name)
    finally:
        os.close(alone)
    assert type(error) is DeviceNotAvailable
    assert "another program" in error.message


@pytest.mark.rows(one_in=2)
@both
def test_user_without_rights_is_told_so(library: FaultyLibrary, name: str) -> None:
    os.seteuid(65534)
    try:
        error = error_of(name)
    finally:
        os.seteuid(0)
    assert type(error) is AccessDenied
    assert error.hint


# Signals


class Interrupted(KeyboardInterrupt):
    pass


@pytest.fixture
def pressing(library: FaultyLibrary) -> Iterator[Callable[..., None]]:
    """Signals to this process once the library has the next TEST UNIT READY."""
    before = library.truth.commands.get(TEST_UNIT_READY, 0)
    threads: list[threading.Thread] = []

    def raise_interrupted(*_: object) -> None:
        raise Interrupted

    former = signal.signal(signal.SIGINT, raise_interrupted)

    def press(act: Callable[[], None]) -> None:
        wait_until(lambda: library.truth.commands.get(TEST_UNIT_READY, 0) > before)
        act()

    def start(act: Callable[[], None]) -> None:
        threads.append(threading.Thread(target=press, args=(act,)))
        threads[0].start()

    yield start
    for each in threads:
        each.join()
    signal.signal(signal.SIGINT, former)


@pytest.mark.rows(one_in=2)
@both
def test_interrupted_reading_ends_before_the_device_does(
    library: FaultyLibrary, pressing: Callable[..., None], name: str
) -> None:
    library.fault("hang on 00")
    pressing(lambda: os.kill(os.getpid(), signal.SIGINT))
    with pytest.raises(Interrupted):
        TRANSPORTS[name](LINK).execute(reading(seconds=3 * SHORT_SECONDS))
    wait_until(library.answers)


def test_kernel_writes_nothing_for_a_node_that_was_closed(faulty: FaultyLibrary) -> None:
    """The reply of a reading that was interrupted comes when its memory is another's."""
    faulty.fault("robot-delay 3")
    process = begin_load(faulty)
    node = open_generic(LINK)
    assert node is not None
    memory = DriverRequest(reading("b8 12 00 00 ff ff 00 00 00 ff 00 00", 255))
    assert os.write(node, memory.header) == HEADER.size
    os.close(node)
    ended = end_of(process)
    faulty.fault("robot-delay 0")
    assert ended.exit_status == 0, ended
    assert SgIo(LINK).execute(reading("b8 12 00 00 ff ff 00 00 00 ff 00 00", 255)).data
    assert not any(memory.data), "it was answered before the one that came later"


def test_stopped_reading_is_not_sent_again(library: FaultyLibrary) -> None:
    """Ctrl-Z, or a debugger: after it, the kernel would make the ioctl SG_IO anew."""
    library.fault("hang on 00")
    before = library.truth.commands.get(TEST_UNIT_READY, 0)
    with library.counting() as counted:
        if (child := os.fork()) == 0:
            with suppress(CommandTimedOut):
                SgIo(LINK).execute(reading(seconds=2 * SHORT_SECONDS))
            os._exit(0)
        wait_until(lambda: library.truth.commands.get(TEST_UNIT_READY, 0) > before)
        os.kill(child, signal.SIGSTOP)
        time.sleep(0.2)
        os.kill(child, signal.SIGCONT)
        os.waitpid(child, 0)
    assert counted[TEST_UNIT_READY] == 1
    wait_until(library.answers)


# Whole commands


@pytest.fixture
def through_driver(faulty: FaultyLibrary) -> FaultyLibrary:
    """The settings choose it."""
    Path(faulty.changer.environment["CHANGER_CONFIG"]).write_text('transport = "sg_io"\n')
    return faulty


def test_commands_work_through_the_driver(through_driver: FaultyLibrary) -> None:
    changer = through_driver.changer

    def truth() -> dict[str, str]:
        return true_places(through_driver.truth)

    assert shown_places(changer.status()) == truth()
    with through_driver.counting() as counted:
        changer.do("load", "1")
    assert counted[MOVE_MEDIUM] == 1
    assert shown_places(changer.status()) == truth()
    changer.do("unload")
    assert truth()["1"] == "A00001L8"


@pytest.mark.parametrize(("transport", "started"), [("sg_io", False), ("sg_raw", True)])
def test_settings_choose_whether_readings_start_a_program(
    faulty: FaultyLibrary, mocker: MockerFixture, transport: str, started: bool
) -> None:
    settings = Path(faulty.changer.environment["CHANGER_CONFIG"])
    settings.write_text(f'[library."{LIBRARY_ID}"]\ntransport = "{transport}"\n')
    start = mocker.patch("subprocess.Popen", wraps=subprocess.Popen)
    assert shown_places(faulty.changer.status())
    programs = [Path(call.args[0][0]).name for call in start.call_args_list]
    assert ("sg_raw" in programs) == started


@pytest.mark.long
def test_two_readings_at_once_get_each_its_own(through_driver: FaultyLibrary) -> None:
    running = [through_driver.changer.begin("status", "--json") for _ in range(2)]
    ended = [end_of(each) for each in running]
    assert [each.exit_status for each in ended] == [0, 0], ended
    for each in ended:
        assert shown_places(each.document) == true_places(through_driver.truth)


def test_lock_is_held_until_the_robot_stands_still_when_the_program_is_killed(
    through_driver: FaultyLibrary,
) -> None:
    through_driver.fault("robot-delay 5")
    process = begin_load(through_driver)
    process.kill()
    process.communicate()
    assert not is_free(through_driver)
    wait_until(lambda: is_free(through_driver))
    assert true_places(through_driver.truth)["drive:0"] == "A00001L8"
    through_driver.fault("robot-delay 0")
    assert (
        "the load of A00001L8 into drive 0 was interrupted, and was completed"
        in through_driver.changer.do("unload").stderr
    )


def is_free(library: FaultyLibrary) -> bool:
    """Whether nothing holds the library's lock."""
    folder = Path(library.changer.environment["CHANGER_LOCK_DIR"])
    clock = SystemClock()
    lock = LibraryLock(LIBRARY_ID, folder=folder, command="the test", clock=clock, group=None)
    with suppress(LibraryBusy), lock:
        return True
    return False
