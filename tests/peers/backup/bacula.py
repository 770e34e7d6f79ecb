"""Bacula's daemons, its console, and what it keeps in its catalog."""

import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from waiting import wait_until

from .bacula_configuration import CONSOLE, DIRECTOR, FILES, STORAGE, Site

PORTS = {STORAGE: 9103, FILES: 9102, DIRECTOR: 9101}
TABLES = Path("usr/share/bacula-director/make_sqlite3_tables")
# A job that waits for a person would wait for ever.
PATIENCE_SECONDS = 600.0
LISTENING = "0A"

# 39xx: what went wrong with a changer or a device; 3901 to 3921: that there was nothing to do.
COMPLAINT = re.compile(
    r".*(?:\b39[3-9]\d\b|Bad autochanger|Illegal output|Traceback|"
    r"Could not (?:load|unload)|Intervention needed|Please mount).*"
)


@dataclass(frozen=True, slots=True)
class Volume:
    """A cartridge as the catalog has it."""

    name: str
    status: str
    slot: int
    in_changer: bool


class Bacula:
    """A fresh installation. ``environment``: of its changer command."""

    def __init__(self, site: Site, environment: Mapping[str, str], peers: Path) -> None:
        self.site = site
        self.said: list[str] = []
        self._environment = {**os.environ, **environment}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        site.write()
        self._make_catalog(peers)

    def _make_catalog(self, peers: Path) -> None:
        # The package's own script, as its installation would have adapted it.
        script = (peers / TABLES).read_text()
        script = script.replace("XXX_DBNAME_XXX", "catalog")
        script = script.replace("cd /var/lib/bacula", f"cd {self.site.folder}")
        subprocess.run(["sh", "-s"], input=script, text=True, check=True, capture_output=True)

    def start(self, *programs: str) -> None:
        """Start daemons, all of them if none is named."""
        for program in programs or tuple(PORTS):
            name, file = shutil.which(program), self.site.configuration_file(program)
            assert name, f"{program} is not in this guest; see tests/environment/peers"
            with (self.site.folder / f"{program}.log").open("ab") as log:
                self._running[program] = subprocess.Popen(
                    [name, "-f", "-P", "-c", file],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=self._environment,
                )
        wait_until(lambda: all(_listens(PORTS[program]) for program in self._running))

    def stop(self, *programs: str) -> None:
        """Stop daemons, all of them if none is named."""
        for program in programs or tuple(self._running):
            process = self._running.pop(program)
            process.terminate()
            try:
                process.wait(PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def console(self, *lines: str) -> str:
        """What bconsole prints for these lines, the answers to its questions among them."""
        completed = subprocess.run(
            [CONSOLE, "-n", "-c", self.site.configuration_file(CONSOLE)],
            input="\n".join((*lines, "quit", "")),
            capture_output=True,
            text=True,
            check=True,
            timeout=PATIENCE_SECONDS,
        )
        self.said.append(completed.stdout)
        return completed.stdout

    def begin(self, job: str) -> int:
        """Start a job; its number."""
        return queued_job(self.console(f"run job={job} yes"))

    def end_of(self, job_id: int) -> str:
        """Wait for a job's end; all that Bacula logged of it."""
        try:
            self.console(f"wait jobid={job_id}")
        except subprocess.TimeoutExpired:
            raise AssertionError(f"job {job_id} does not end: {self.log(job_id)}") from None
        return self.log(job_id)

    def back_up(self, job: str) -> int:
        """Run a job, and see that it succeeds; its number."""
        job_id = self.begin(job)
        self.see_success(job_id)
        return job_id

    def see_success(self, job_id: int) -> str:
        """Wait for a job's end, and see that it succeeded without any error; what was logged."""
        log = self.end_of(job_id)
        assert self.outcome(job_id) == ("T", 0), log
        return log

    def restore(self, job_id: int, where: Path) -> int:
        """Restore all that a job backed up; the number of the job that did."""
        asked = f"restore client=files storage=Library where={where} jobid={job_id} all done"
        restoring = queued_job(self.console(asked, "yes"))
        self.see_success(restoring)
        return restoring

    def outcome(self, job_id: int) -> tuple[str, int]:
        """A job's status, T if it ended well, and how many errors it had."""
        ((status, errors),) = self._rows(
            "SELECT JobStatus, JobErrors FROM Job WHERE JobId=?", job_id
        )
        return status, errors

    def log(self, job_id: int) -> str:
        rows = self._rows("SELECT LogText FROM Log WHERE JobId=? ORDER BY LogId", job_id)
        return "".join(text for (text,) in rows)

    def volumes(self) -> list[Volume]:
        rows = self._rows(
            "SELECT VolumeName, VolStatus, Slot, InChanger FROM Media ORDER BY VolumeName"
        )
        return [Volume(name, status, slot, bool(within)) for name, status, slot, within in rows]

    def volumes_of(self, job_id: int) -> list[str]:
        """The cartridges that a job wrote to, in order."""
        rows = self._rows(
            "SELECT VolumeName FROM JobMedia JOIN Media USING (MediaId) WHERE JobMedia.JobId=?"
            " GROUP BY MediaId ORDER BY min(JobMediaId)",
            job_id,
        )
        return [name for (name,) in rows]

    def purge(self) -> None:
        """Let every cartridge be written anew."""
        used = [each.name for each in self.volumes() if each.status not in ("Append", "Cleaning")]
        if used:
            self.console(*(f"purge volume={name}" for name in used))

    def set_aside(self, names: Iterable[str]) -> None:
        """Let no job write to these cartridges."""
        self.console(*(f"update volume={name} volstatus=Used" for name in names))

    def complaints(self) -> list[str]:
        """What daemons and console said so far of a changer that fails."""
        log = self.site.folder / "bacula.log"
        texts = [*self.said, log.read_text() if log.exists() else ""]
        return [match[0] for text in texts for match in COMPLAINT.finditer(text)]

    def _rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        file = f"file:{self.site.folder}/catalog.db?mode=ro"
        with closing(sqlite3.connect(file, uri=True, timeout=PATIENCE_SECONDS)) as catalog:
            return catalog.execute(query, values).fetchall()


def queued_job(printed: str) -> int:
    """The number of a job that the console has just started."""
    match = re.search(r"Job queued\. JobId=(\d+)", printed)
    assert match, printed
    return int(match[1])


def _listens(port: int) -> bool:
    """Whether a daemon does; the daemons log each connection that says nothing."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    fields = [line.split() for line in lines]
    return any(each[1].endswith(f":{port:04X}") and each[3] == LISTENING for each in fields)
