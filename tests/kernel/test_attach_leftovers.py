"""Leftovers of a killed attachment in the kernel: reported, and removed on request."""

import os
import signal
import subprocess
from pathlib import Path

import pytest
from children import is_over
from waiting import wait_until

from changer.simulator.creation import create

from .attached_library import (
    AttachedLibrary,
    attach,
    kernel_objects,
    objects_of,
    simulate,
    simulate_here,
)
from .waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.guest_only

TEST_UNIT_READY = 0x00
COMMAND_SECONDS = 600  # it must not be its own time-out that ends a command here


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("killed", "living"):
        create(name, folder=tmp_path, profile="demo", serial=f"LEFT-{name}")
    return tmp_path


def kill(library: AttachedLibrary) -> None:
    """As the kernel does when memory runs out; it can't undo anything."""
    process = os.pidfd_open(library.process_id)
    signal.pidfd_send_signal(process, signal.SIGKILL)
    # Its lock is free a moment before its rings are closed.
    assert is_over(process, PATIENCE_SECONDS)
    os.close(process)
    assert objects_of(library.name), "nothing was left"


def send_unanswered(library: AttachedLibrary) -> subprocess.Popen[str]:
    """sg_raw, with a command under way that the library has and does not answer."""
    library.fault("hang on 00")
    sent = library.truth.commands.get(TEST_UNIT_READY, 0)
    process = subprocess.Popen(
        ["sg_raw", "-t", str(COMMAND_SECONDS), library.device, *["00"] * 6],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    wait_until(lambda: library.truth.commands.get(TEST_UNIT_READY, 0) > sent)
    return process


def test_leftovers_are_refused_and_removed_under_a_command_that_waits(folder: Path) -> None:
    library = attach("killed", folder)
    waiting = send_unanswered(library)
    kill(library)
    refused = simulate_here(folder, "attach", "killed", "--json")
    assert (refused.exit_status, refused.error["code"]) == (70, "simulator-refused")
    assert "left by a killed process" in refused.error["message"]
    assert refused.error["hint"] == "changer sim detach killed --cleanup"
    refused = simulate_here(folder, "detach", "killed", "--json")
    assert (refused.exit_status, refused.error["code"]) == (70, "simulator-refused")
    assert "left by a process that was killed" in refused.error["message"]
    assert refused.error["hint"] == "changer sim detach killed --cleanup"
    assert simulate_here(folder, "list", "--json").document["attached"] == {}
    assert waiting.poll() is None

    removed = simulate(folder, "detach", "killed", "--cleanup", "--json")
    assert removed.exit_status == 0, removed
    assert removed.document["names"] == ["killed"]
    assert "left by a process that was killed: 3 units" in removed.stderr
    said, _ = waiting.communicate(timeout=PATIENCE_SECONDS)
    assert waiting.returncode != 0, said
    assert kernel_objects() == []

    library.fault("clear")
    again = attach("killed", folder)
    subprocess.run(["sg_turs", again.device], check=True, capture_output=True, timeout=60)
    assert simulate(folder, "detach", "killed").exit_status == 0
    assert kernel_objects() == []


def test_cleanup_without_a_name_leaves_the_living_ones_alone(folder: Path) -> None:
    living, killed = attach("living", folder), attach("killed", folder)
    kill(killed)
    ended = simulate(folder, "detach", "--cleanup", "--json")
    assert (ended.exit_status, ended.document["names"]) == (0, ["killed"])
    assert objects_of("killed") == []
    subprocess.run(["sg_turs", living.device], check=True, capture_output=True, timeout=60)
    ended = simulate_here(folder, "detach", "--cleanup")
    assert (ended.exit_status, ended.stdout) == (0, "nothing is left\n")
    assert simulate(folder, "detach", "living", "--cleanup").exit_status == 0
    assert kernel_objects() == []
