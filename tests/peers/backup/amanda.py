"""Amanda's programs for changers and tapes, run as the user that they are made for."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import chown, rmtree

from kernel.accounts import become

from .amanda_configuration import FOLDERS, LOG_FOLDER, USER, Configuration
from .amanda_log import Log, read_log

GROUP = "tape"
GROUPS = Path("/etc/group")
OWN_PROGRAM = Path(__file__).with_name("amanda_changer.pl")
LIBRARIES, MODULES = Path("/usr/lib"), "*/amanda/perl"
PROGRAMS = "/usr/sbin:/usr/bin:/sbin:/bin"
PATIENCE_SECONDS = 600.0
MOVES = ("load", "unload", "transfer")


@dataclass(frozen=True, slots=True)
class Ran:
    """A program that has ended: what it printed, both streams in one, and what it logged."""

    exit_status: int
    printed: str
    log: Log

    @property
    def lines(self) -> list[str]:
        return self.printed.splitlines()

    @property
    def moves(self) -> list[str]:
        """How mtx was called to move something, in order."""
        return [words for words in self.log.words if words.split()[0] in MOVES]


@dataclass(frozen=True, slots=True)
class Amanda:
    """Amanda with one configuration; ``groups``: whether its user's groups are that user's."""

    configuration: Configuration
    groups: bool = True

    def amtape(self, *words: str, wonders: Sequence[str] = ()) -> Ran:
        """``amtape CONFIGURATION WORD...``, and see that Amanda understood what mtx printed.

        ``wonders``: what it finds strange, and only that.
        """
        return self._run(["amtape", self.configuration.name, *words], wonders)

    def amlabel(self, *words: str) -> Ran:
        """``amlabel CONFIGURATION WORD...``, the same way."""
        return self._run(["amlabel", self.configuration.name, *words])

    def changer(self, *words: str) -> Ran:
        """What no command line offers; see amanda_changer.pl."""
        return self._run(["perl", str(OWN_PROGRAM), self.configuration.name, *words])

    def begin(self, *words: str) -> "Running":
        """Start amtape, and do not wait for it."""
        return Running(["amtape", self.configuration.name, *words], groups=self.groups)

    def _run(self, arguments: Sequence[str], wonders: Sequence[str] = ()) -> Ran:
        ran = Running(arguments, groups=self.groups).end(wonders)
        assert ran.log.program == self.configuration.mtx, ran
        return ran


class Running:
    """A program of Amanda's."""

    def __init__(self, arguments: Sequence[str], *, groups: bool) -> None:
        user = become(USER)
        if not groups:
            user[user.index("--init-groups")] = "--clear-groups"
        self._before = logs()
        self._process = subprocess.Popen(
            [*user, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=_environment(),
            cwd="/",
        )

    def log(self) -> Log:
        return read_log("\n".join(file.read_text() for file in sorted(logs() - self._before)))

    def end(self, wonders: Sequence[str] = ()) -> Ran:
        """Wait for its end, and see that every line that came meant something, and no other."""
        printed, _ = self._process.communicate(timeout=PATIENCE_SECONDS)
        ran = Ran(self._process.returncode, printed, self.log())
        assert "Traceback" not in printed, ran
        assert [*ran.log.warnings] == [*wonders], ran
        for call in ran.log.statuses:
            assert not call.succeeded or call.status, ran
        return ran


def _environment() -> dict[str, str]:
    """The environment that cron gives: without the variables of other tests."""
    (modules,) = LIBRARIES.glob(MODULES)
    return {"PATH": PROGRAMS, "PERL5LIB": str(modules)}


def logs() -> set[Path]:
    """All of Amanda's debug logs."""
    return set((LOG_FOLDER / "server").rglob("*.debug"))


@contextmanager
def folders() -> Iterator[None]:
    """The folders that Debian's packages would have made."""
    for folder in FOLDERS:
        assert not folder.exists(), f"{folder}: the guest has an Amanda already"
        folder.mkdir(parents=True)
        chown(folder, USER, USER)
    yield
    for folder in FOLDERS:
        rmtree(folder)


def write(*configurations: Configuration) -> None:
    """Write configurations, as Amanda's user's own: it keeps its state beside them."""
    for each in configurations:
        each.write()
        for path in (each.folder, *each.folder.iterdir()):
            chown(path, USER, USER)


@contextmanager
def member_of_tape() -> Iterator[None]:
    """``usermod -aG tape backup``, which cannot rename the files of this guest."""
    before = GROUPS.read_text()
    lines = before.splitlines()
    (number,) = [n for n, line in enumerate(lines) if line.startswith(f"{GROUP}:")]
    lines[number] += USER if lines[number].endswith(":") else f",{USER}"
    GROUPS.write_text("\n".join(lines) + "\n")
    yield
    GROUPS.write_text(before)
