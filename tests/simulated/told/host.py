"""A host with the library and its drives as devices, on which the programs are called."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from called import called, environment_set
from clocks import HandClock

from changer.cli.main import main as changer_main
from changer.errors import ChangerError
from changer.hooks.autochanger.program import main as autochanger_main
from changer.hooks.mtx.program import main as mtx_main
from changer.hooks.session import hook_status
from changer.library.library import Library
from changer.library.opening import host_request, open_library
from changer.smc.command import Command, Reply
from changer.store.protocol import Store
from changer.store.sqlite import open_store
from changer.transport import opening as transports
from changer.transport.opening import Wiring

from .drive_unit import Unit
from .stand_in import StandIn

NODE = "/dev/null"  # a character device that every host has
_GENERIC_MAJOR = 21
_TAPE_DRIVE = "1\n"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a command line."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.out)
        return content

    @property
    def error(self) -> str | None:
        """The code of the error of --json, None where there is none."""
        if not self.status:
            return None
        error: str = json.loads(self.err.splitlines()[-1])["error"]["code"]
        return error


class Wired:
    """The transport to the library, or to a drive of it."""

    def __init__(self, answer: Callable[[bytes], Reply]) -> None:
        self._answer = answer

    def execute(self, command: Command[Any]) -> Reply:
        reply = self._answer(command.cdb)
        return Reply(reply.status, reply.data[: command.allocation_length], reply.sense)

    def close(self) -> None:
        """Nothing is open."""


class Host:
    """``library``: the one at its device now. Its sysfs has a folder for each drive."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._state = folder / "state" / "state.db"
        self._new_state = folder / "new.db"
        self._configuration = folder / "changer.toml"
        self.clock = HandClock()
        self.opened: list[str] = []  # devices of drives, in turn
        self.library: StandIn
        open_store(self._state, clock=self.clock).close()
        shutil.copy(self._state, self._new_state)

    def attach(self, library: StandIn, settings: str = "", state: Path | None = None) -> None:
        """Another library. ``settings``: its table's lines. ``state``: what is known, as ``kept``
        it; nothing yet.
        """
        self.library = library
        for each in self._state.parent.iterdir():
            each.unlink()
        shutil.copy(state or self._new_state, self._state)
        self._configuration.write_text(f'[library."{self.id}"]\n{settings}\n')
        devices = self._folder / "sys/class/scsi_generic"
        shutil.rmtree(devices, ignore_errors=True)
        for unit in library.bays.values():
            for node in unit.nodes:
                _make_device(devices / f"sg{node}/device", unit, node)
        self.clock.on_sleep = lambda: None

    def processes_die(self) -> None:
        """Those that began the operations that have no end."""
        with closing(sqlite3.connect(self._state)) as connection, connection:
            connection.execute("UPDATE operations SET process_identity = NULL")

    def kept(self, name: str) -> Path:
        """A copy of what is known now."""
        return Path(shutil.copy(self._state, self._folder / f"{name}.db"))

    @property
    def sysfs(self) -> Path:
        return self._folder / "sys"

    @property
    def id(self) -> str:
        return "_".join((*self.library.maker, self.library.serial)).replace(" ", "_")

    @contextmanager
    def store(self) -> Iterator[Store]:
        with open_store(self._state, clock=self.clock) as store:
            yield store

    @contextmanager
    def running(self) -> Iterator[None]:
        """This process is on that host."""
        null, major, minor = Path(NODE).stat().st_rdev, os.major, os.minor
        with (
            patch("os.major", lambda it: _GENERIC_MAJOR if it == null else major(it)),
            patch("os.minor", lambda it: 1 << 19 if it == null else minor(it)),
            patch("pyudev.Context", side_effect=OSError),
            patch("changer.library.discovery._SYS", self._folder / "sys"),
            patch.object(transports, "KINDS", (("", self._open),)),
            patch("changer.library.opening.SystemClock", lambda: self.clock),
            environment_set(
                {
                    "CHANGER": NODE,
                    "CHANGER_STATE": str(self._state),
                    "CHANGER_LOCK_DIR": str(self._folder / "lock"),
                    "CHANGER_CONFIG": str(self._configuration),
                }
            ),
        ):
            yield

    def _open(self, device: str, _: Wiring) -> Wired:
        if device == NODE:
            return Wired(self.library.execute)
        self.opened.append(device)
        number = int(device.removeprefix("/dev/sg"))
        unit = next(each for each in self.library.bays.values() if number in each.nodes)
        return Wired(partial(unit.execute, is_loaded=self._is_loaded))

    def _is_loaded(self, unit: Unit) -> bool:
        return self.library.bay_of(unit) in self.library.at

    def refusal(self, function: Callable[[Library], object]) -> ChangerError | None:
        """Call a function of the package, of which a command line takes most of the time."""
        try:
            with open_library(host_request("the test")) as library:
                function(library)
        except ChangerError as error:
            return error
        return None

    # the programs

    def changer(self, *words: object) -> Answer:
        return Answer(*called(lambda: changer_main(["--json", *map(str, words)])))

    def text(self, *words: object) -> Answer:
        """As a person reads it."""
        return Answer(*called(lambda: changer_main([*map(str, words)])))

    def autochanger(self, *words: object) -> Answer:
        run = partial(autochanger_main, clock=self.clock)
        given = [NODE, *map(str, words)]
        return Answer(*called(lambda: hook_status(run, given, name="changer-autochanger")))

    def mtx(self, *words: object) -> Answer:
        run = partial(mtx_main, clock=self.clock)
        given = ["-f", NODE, *map(str, words)]
        return Answer(*called(lambda: hook_status(run, given, name="changer-mtx")))


def _make_device(folder: Path, unit: Unit, node: int) -> None:
    folder.mkdir(parents=True)
    (folder / "scsi_tape" / f"nst{node}").mkdir(parents=True)
    (folder / "scsi_generic" / f"sg{node}").mkdir(parents=True)
    serial = unit.serial.encode()
    (folder / "type").write_text(_TAPE_DRIVE)
    for name, text in {"vendor": "TEST", "model": "ULT3580-TD8", "rev": "0001"}.items():
        (folder / name).write_text(text)
    (folder / "vpd_pg80").write_bytes(bytes((1, 0x80, 0, len(serial))) + serial)
