"""Programs in Python work with a library of another host as with one of their own."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
from called import environment_set
from cli.terminal import Terminal
from waiting import wait_until

import changer
from changer import errors
from changer.api import TapeLibrary
from changer.cli.owner_side import Served
from changer.cli.owner_side_call import run as run_call
from changer.owner.frames import Frame

from .hosts import LIBRARY, Client, is_under_way


@pytest.fixture
def here(client: Client) -> Iterator[Client]:
    """This process is on the client."""
    with environment_set(client.variables, without=("CHANGER",)):
        yield client


def at_owner(owner: Terminal) -> TapeLibrary:
    """The same library, on its owner."""
    with environment_set(owner.variables, without=("CHANGER",)):
        return changer.open_library()


def test_what_is_read_is_what_is_read_at_the_owner(here: Client, owner: Terminal) -> None:
    with changer.open_library() as library, at_owner(owner) as there:
        assert (library.id, library.identity, library.device) == (
            *(there.id, there.identity),
            there.device,
        )
        assert library.status() == there.status()
        assert library.find("A0000*") == there.find("A0000*")
        assert library.cleaning_requests() == there.cleaning_requests()
        assert library.cleaner.cartridges() == there.cleaner.cartridges()


def test_what_is_done_is_done_there(here: Client, owner: Terminal) -> None:
    with changer.open_library(LIBRARY) as library:
        moved = library.load("A00001L8", 0, ready_timeout_seconds=60)
        assert (moved.volume_tag, str(moved.destination)) == ("A00001L8", "drive:0")
        assert owner.tag_at("drive:0") == "A00001L8"
        assert str(library.unload(0, 4).destination) == "4"
        library.cleaner.reserve(6)
        inserted = library.cleaner.insert(source="mail:1")
        assert inserted == inserted and owner.tag_at("6") == "CLN001CU"
        assert library.clean(0).drive == 0
        status = library.cleaner.status()
        assert status is not None and status.volume_tag == "CLN001CU"
        with at_owner(owner) as there:
            assert library.history() == there.history()
            assert library.operations() == there.operations()
            assert len(library.history()) > 3


def test_an_error_is_the_one_that_was_met_there(here: Client, owner: Terminal) -> None:
    with changer.open_library() as library, at_owner(owner) as there:
        with pytest.raises(errors.SourceEmpty) as empty:
            library.load(4, 0)
        with pytest.raises(errors.SourceEmpty) as same:
            there.load(4, 0)
        assert (str(empty.value), empty.value.hint) == (str(same.value), same.value.hint)
        with pytest.raises(errors.UsageError):
            library.move("@x", 3)


def test_what_is_under_way_is_told(here: Client, owner: Terminal) -> None:
    steps: list[str] = []
    with changer.open_library(progress=steps.append) as library:
        library.move(1, 4)
    assert "moving A00001L8 from slot 1 to slot 4" in steps


def test_an_operation_that_is_started_goes_on_there_and_can_be_stopped(
    here: Client, owner: Terminal
) -> None:
    with changer.open_library() as library:
        library.cleaner.reserve(6)
        with pytest.raises(errors.NoSuchDrive):
            library.start_clean(7)
        with pytest.raises(errors.SlotEmpty):
            library.cleaner.start_eject().wait(timeout_seconds=60)
        insertion = library.cleaner.start_insert(source="mail:1")
        inserted = insertion.wait(timeout_seconds=60)
        assert (inserted.volume_tag, owner.tag_at("6")) == ("CLN001CU", "CLN001CU")
        assert insertion.is_done and insertion.wait() == inserted
        cleaning = library.start_clean(0)
        assert cleaning.wait(timeout_seconds=60).drive == 0
        ejection = library.cleaner.start_eject()
        assert ejection.id == library.operations(limit=1)[0].id
        with pytest.raises(TimeoutError):
            ejection.wait(timeout_seconds=0)
    ejection.stop()
    with pytest.raises(errors.OperationStopped):
        ejection.wait(timeout_seconds=60)
    with at_owner(owner) as there:
        assert {each.state for each in there.operations()} == {"completed", "failed", "cancelled"}


def test_an_operation_of_a_client_that_is_gone_waits_for_nobody(
    here: Client, owner: Terminal
) -> None:
    assert owner.program("sim", "operator", "demo", "take", "mail:1").status == 0
    program = "import changer, os; changer.open_library().cleaner.start_insert(); os._exit(0)"
    with changer.open_library() as library:
        library.cleaner.reserve(6)
        subprocess.run([sys.executable, "-c", program], check=True)
        wait_until(lambda: library.operations(limit=1)[0].finished_at is not None)
        assert library.operations(limit=1)[0].state == "cancelled"


def test_an_operation_is_stopped_whose_client_goes_as_it_is_told_of_it(owner: Terminal) -> None:
    """The signal of a client that is gone is obeyed when what was said has been written."""

    def say(frame: Frame) -> None:
        if "begun" in frame:
            raise KeyboardInterrupt

    call = {"method": "LibraryCleaner.start_insert", "args": [], "kwargs": {}, "wait_seconds": 0}
    served = Served("client", say, None, {}, None, 0.0, call)
    assert owner.program("sim", "operator", "demo", "take", "mail:1").status == 0
    assert owner.program("cleaner", "reserve", "6").status == 0
    with environment_set(owner.variables, without=("CHANGER",)):
        with pytest.raises(KeyboardInterrupt):
            run_call([], served)
        with changer.open_library() as library:
            assert [each.state for each in library.operations(limit=1)] == ["cancelled"]


def test_what_can_t_be_passed_on_says_so(here: Client) -> None:
    with changer.open_library() as library:
        pass
    with pytest.raises(errors.LibraryClosed):
        library.status()
    with pytest.raises(errors.LibraryClosed):
        library.cleaner.start_eject()
    with pytest.raises(errors.UsageError):
        changer.open_library(trace=here.folder / "trace")


def test_an_owner_that_is_gone_is_an_error(here: Client) -> None:
    here.ask("ssh://owner.invalid")
    with pytest.raises(errors.OwnerUnreachable):
        changer.open_library()


@pytest.mark.long
def test_ctrl_c_is_obeyed_after_the_motion(here: Client, slow: Terminal) -> None:
    def interrupt() -> None:
        while not is_under_way(slow):
            ended.wait(0.1)
        signal.pthread_kill(main, signal.SIGINT)

    ended, main = threading.Event(), threading.get_ident()
    with changer.open_library() as library:
        thread = threading.Thread(target=interrupt)
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            library.move(1, 4)
        thread.join()
    assert slow.tag_at("4", name="slow") == "A00001L8"
