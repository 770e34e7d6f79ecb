"""An earlier program is replaced while it is at work, with a store of an older schema."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from changer.errors import StoreNewer

from .built import Built
from .conftest import add_users, install
from .root import Layers, Root

TOWER = {"CHANGER": "sim:tower"}
CLEANER = "CLN001CU"


@pytest.fixture
def earlier(clean: Layers, earlier_packages: Built) -> Iterator[Root]:
    """The earlier packages, with a slot reserved for a cleaning cartridge."""
    with clean.started() as root:
        install(root, earlier_packages)
        add_users(root)
        root.run("changer", "sim", "create", "tower", "--profile", "demo", "--set", "cleaners=0")
        root.run("changer", "load", "1", "0", environment=TOWER)
        root.run("changer", "cleaner", "reserve", "12", environment=TOWER)
        yield root


@contextmanager
def at_work(root: Root, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A command that waits for a person, in the background."""
    argv = root.words("changer", *words, environment=TOWER)
    with subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            while " waiting " not in root.run("changer", "operations", environment=TOWER).out:
                assert process.poll() is None, process.communicate()
                time.sleep(0.2)
            yield process
        finally:
            process.kill()


def test_store_is_carried_over(earlier: Root, packages: Built) -> None:
    before = earlier.run("changer", "history", environment=TOWER).out.splitlines()
    install(earlier, packages)
    status = earlier.run("changer", "status", environment=TOWER).out
    assert "reserved" in status and "slot 12" in status
    after = earlier.run("changer", "history", environment=TOWER).out.splitlines()
    assert len(after) == len(before)
    earlier.run("changer", "state", "check")


def test_program_that_is_at_work_ends_and_nothing_is_lost(earlier: Root, packages: Built) -> None:
    with at_work(earlier, "cleaner", "insert") as process:
        install(earlier, packages)
        assert process.poll() is None, "the upgrade leaves it alone"
        earlier.run("changer", "status", environment=TOWER)  # the store is of the new schema now
        earlier.run("changer", "sim", "operator", "tower", "put", CLEANER)
        _, err = process.communicate(timeout=120)
        assert process.returncode == StoreNewer.exit_status, err
    earlier.run("changer", "recover", environment=TOWER)
    status = earlier.run("changer", "status", environment=TOWER).out
    assert CLEANER in status and "reserved" in status
    # The same is done by the program of today.
    earlier.run("changer", "cleaner", "insert", "--timeout", "60", environment=TOWER)
    assert "usable" in earlier.run("changer", "cleaner", "status", environment=TOWER).out
    earlier.run("changer", "state", "check")
