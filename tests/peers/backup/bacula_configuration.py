"""The configuration of a Bacula of one host: director, storage, files and console, on 127.0.0.1.

Each file is written as an administrator would have it, with nothing about the changer but the two
lines that docs/backup.md asks for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PASSWORD = "only-in-this-guest"
MISSING_CHANGER = "/dev/sg99"
DIRECTOR, STORAGE, FILES, CONSOLE = "bacula-dir", "bacula-sd", "bacula-fd", "bconsole"


@dataclass(frozen=True, slots=True)
class Site:
    """What differs from one Bacula to another.

    ``drives``: tape devices in the order of their numbers in the changer. ``jobs``: the folder, or
    the pipe, that each job backs up, by the job's name.
    """

    folder: Path
    changer_device: str
    changer_command: str
    drives: Sequence[str]
    jobs: Mapping[str, Path]

    @property
    def configurations(self) -> dict[str, str]:
        """The text of each program's configuration, by the program's name."""
        return {
            DIRECTOR: self._director(),
            STORAGE: self._storage(),
            FILES: self._files(),
            CONSOLE: self._console(),
        }

    def configuration_file(self, program: str) -> Path:
        return self.folder / f"{program}.conf"

    def write(self) -> None:
        for program, text in self.configurations.items():
            self.configuration_file(program).write_text(text)

    @property
    def _folders(self) -> str:
        return f"""
  Working Directory = "{self.folder}"
  Pid Directory = "{self.folder}"
  Maximum Concurrent Jobs = 10"""

    def _director(self) -> str:
        jobs = "".join(_job(name, folder) for name, folder in self.jobs.items())
        return f"""
Director {{
  Name = director
  DirAddress = 127.0.0.1
  Query File = /dev/null
  Password = {PASSWORD}
  Messages = Everything{self._folders}
}}
Catalog {{
  Name = Catalog
  dbname = catalog; dbuser = ""; dbpassword = ""
}}
Client {{
  Name = files
  Address = 127.0.0.1
  Password = {PASSWORD}
  Catalog = Catalog
  Maximum Concurrent Jobs = 10
}}
{_autochanger("Library")}{_autochanger("Missing")}{_POOL}Job {{
  Name = Restore
  Type = Restore
  Client = files
  FileSet = "{next(iter(self.jobs))}"
  Storage = Library
  Pool = Tapes
  Messages = Everything
}}
Messages {{
  Name = Everything
  Catalog = all, !saved, !skipped, !restored
  Append = "{self.folder}/bacula.log" = all, !saved, !skipped, !restored
}}
{jobs}"""

    def _storage(self) -> str:
        names = [f"Drive-{number}" for number in range(len(self.drives))]
        devices = "".join(
            _device(name, number, drive)
            for number, (name, drive) in enumerate(zip(names, self.drives, strict=True))
        )
        return f"""
Storage {{
  Name = storage
  SDAddress = 127.0.0.1{self._folders}
}}
Director {{
  Name = director
  Password = {PASSWORD}
}}
Autochanger {{
  Name = Library
  Device = {", ".join(names)}
  Changer Device = {self.changer_device}
  Changer Command = "{self.changer_command} %c %o %S %a %d"
}}
Autochanger {{
  Name = Missing
  Device = Drive-Missing
  Changer Device = {MISSING_CHANGER}
  Changer Command = "{self.changer_command} %c %o %S %a %d"
}}
{devices}{_device("Drive-Missing", 0, self.drives[0], always_open="no")}{_TO_DIRECTOR}"""

    def _files(self) -> str:
        return f"""
FileDaemon {{
  Name = files
  FDAddress = 127.0.0.1{self._folders}
}}
Director {{
  Name = director
  Password = {PASSWORD}
}}
{_TO_DIRECTOR}"""

    def _console(self) -> str:
        return f"""
Director {{
  Name = director
  Address = 127.0.0.1
  Password = {PASSWORD}
}}"""


_TO_DIRECTOR = """
Messages {
  Name = Everything
  Director = director = all, !saved, !skipped, !restored
}
"""


def _autochanger(name: str) -> str:
    return f"""
Autochanger {{
  Name = {name}
  Address = 127.0.0.1
  Password = {PASSWORD}
  Device = {name}
  Media Type = LTO-8
  Autochanger = {name}
  Maximum Concurrent Jobs = 10
}}
"""


def _device(name: str, number: int, drive: str, *, always_open: str = "yes") -> str:
    # tgt's drives go back two blocks instead of one, and read zeros behind a single file mark.
    return f"""
Device {{
  Name = {name}
  Drive Index = {number}
  Archive Device = {drive}
  Media Type = LTO-8
  Autochanger = yes
  Automatic Mount = yes
  Always Open = {always_open}
  Removable Media = yes
  Random Access = no
  Backward Space Record = no
  Two EOF = yes
  Maximum Concurrent Jobs = 1
}}
"""


# Maximum Volume Jobs: tgt's drives miscount files when they space to the end for another job.
_POOL = """
Pool {
  Name = Tapes
  Pool Type = Backup
  Cleaning Prefix = CLN
  Maximum Volume Jobs = 1
  Recycle = yes
  AutoPrune = no
}
"""


def _job(name: str, folder: Path) -> str:
    # Prefer Mounted Volumes: else a second job waits for the drive of the first.
    return f"""
FileSet {{
  Name = "{name}"
  Include {{
    Options {{
      Signature = SHA1
      Read Fifo = yes
    }}
    File = "{folder}"
  }}
}}
Job {{
  Name = "{name}"
  Type = Backup
  Level = Full
  Client = files
  FileSet = "{name}"
  Storage = Library
  Pool = Tapes
  Messages = Everything
  Prefer Mounted Volumes = no
  Maximum Concurrent Jobs = 2
}}
"""
