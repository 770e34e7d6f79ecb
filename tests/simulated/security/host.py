"""The program as run by this user, by a member of the group that shares a store, by nobody.

Where this user is root, the others are users of their own. Where not, they are this user, and what
they have no right to is shut for all.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from children import ended
from cli.terminal import Run
from users import IS_ROOT, NOBODY, become_nobody, called_in_environment, shared_group

from changer.cli.main import main
from changer.host.clock import SystemClock
from changer.host.shared_files import prepare_folder
from changer.store.sqlite import open_store


@dataclass(frozen=True, slots=True)
class Host:
    """Each user has virtual libraries of their own; the store and the locks are everybody's."""

    folder: Path

    def __post_init__(self) -> None:
        for shared in (self.state.parent, self.locks):
            prepare_folder(shared, group=shared_group().gr_name)
        open_store(self.state, clock=SystemClock()).close()

    @property
    def state(self) -> Path:
        """The shared store."""
        return self.folder / "lib/state.db"

    @property
    def locks(self) -> Path:
        """The shared locks."""
        return self.folder / "lock"

    def environment(self, user: str, changes: dict[str, str]) -> dict[str, str]:
        """With a folder for virtual libraries that belongs to the user."""
        home = self.folder / user
        if not home.exists():
            home.mkdir(0o755)
            if IS_ROOT and user != "root":
                os.chown(home, NOBODY, NOBODY)
        return {
            "HOME": str(home),
            "PATH": os.environ["PATH"],
            "CHANGER": "sim:demo",
            "CHANGER_CONFIG": os.devnull,
            "CHANGER_STATE": str(self.state),
            "CHANGER_LOCK_DIR": str(self.locks),
            "CHANGER_SIM_DIR": str(home / "simulated"),
            **changes,
        }

    def as_root(self, *words: str, **changes: str) -> Run:
        """As this user, who made the folders."""
        return self._run("root", None, words, changes)

    def as_member(self, *words: str, **changes: str) -> Run:
        """As an ordinary user of the group."""
        return self._run("member", [shared_group().gr_gid], words, changes)

    def as_nobody(self, *words: str, **changes: str) -> Run:
        """As an ordinary user of no group."""
        return self._run("nobody", [], words, changes)

    def _run(
        self, user: str, groups: list[int] | None, words: tuple[str, ...], changes: dict[str, str]
    ) -> Run:
        environment = self.environment(user, changes)
        return Run(*called_in_environment(lambda: main(words), environment, groups))


def do_as_member(action: Callable[[], object]) -> None:
    """What a member of the group does to files, in a child."""

    def act() -> None:
        become_nobody([shared_group().gr_gid])
        action()

    assert ended(act) == 0


def error_of(run: Run) -> dict[str, Any]:
    """The error of a run with --json; nothing else went wrong."""
    assert "Traceback" not in run.err, run.err
    assert run.out == ""
    error: dict[str, Any] = json.loads(run.err.splitlines()[-1])["error"]
    return error
