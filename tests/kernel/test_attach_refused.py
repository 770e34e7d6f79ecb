"""Refusals to attach a library: without root's rights, or without the kernel's modules."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from changer.simulator.creation import create

from .accounts import OPERATOR, run_as
from .attached_library import LOOPBACK, kernel_objects, simulate_here
from .program import PROGRAM

pytestmark = pytest.mark.guest_only

MODULES = Path("/lib/modules") / os.uname().release


@pytest.mark.parametrize("function", ["attach", "detach"])
def test_only_root_attaches_and_detaches(function: str) -> None:
    completed = run_as(OPERATOR, [PROGRAM, "sim", function, "demo"])
    assert (completed.returncode, completed.stdout) == (5, "")
    assert "only root can attach and detach a virtual library" in completed.stderr
    assert "use sudo; sim:NAME works for everyone" in completed.stderr


@pytest.fixture
def modules_missing() -> Iterator[None]:
    """As in a container, or where the kernel's extra modules are not installed."""
    subprocess.run(["modprobe", "-a", "target_core_user", "tcm_loop"], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", MODULES.resolve()], check=True)
    yield
    subprocess.run(["umount", MODULES.resolve()], check=True)


@pytest.mark.parametrize("module", ["target_core_user", "tcm_loop"])
@pytest.mark.usefixtures("modules_missing")
def test_missing_module_is_named_and_where_it_comes_from(tmp_path: Path, module: str) -> None:
    if LOOPBACK.exists():
        LOOPBACK.rmdir()  # its folder keeps tcm_loop loaded
    subprocess.run(["rmmod", module], check=True, timeout=60)
    create("one", folder=tmp_path, profile="demo")
    ended = simulate_here(tmp_path, "attach", "one", "--json")
    assert (ended.exit_status, ended.stdout) == (73, "")
    error = ended.error
    assert (error["code"], error["ntms"]["code"]) == ("attach-failed", 4319)
    assert f"the kernel module {module} can't be loaded" in error["message"]
    assert "linux-modules-extra" in error["hint"]
    assert kernel_objects() == []
