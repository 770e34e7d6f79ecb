"""mhVTL on this host: a configuration brought up and taken down, and what vtlcmd does to it."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .configuration import FOLDER, Configuration
from .node import GOOD, ask

PREFIX = os.environ.get("CHANGER_MHVTL_PREFIX", "")
NOTES = Path("/etc/mhvtl/changer-test")
MOVES_FAIL = Path("/etc/mhvtl/moves-fail")
MEDIA = Path("/opt/mhvtl/changer-test")
PROGRAMS = ("vtllibrary", "vtltape", "vtlcmd", "mktape", "make_vtl_media")
SYS_GENERIC = Path("/sys/class/scsi_generic")

HOW_TO_GET_IT = """\
the tests in tests/mhvtl need mhVTL, a virtual tape library, and root. mhvtl-config/README.md says
how to get it; then, as root:
    make test-mhvtl
An mhVTL that is not in PATH is named by CHANGER_MHVTL_PREFIX."""

# Each ends in its own time: the daemons look for messages between two SCSI commands.
_LIMIT_SECONDS = 120.0


def why_not() -> str | None:
    """What keeps mhVTL from being tried here, or None."""
    _extend_paths()
    if os.geteuid() != 0:
        return "not root"
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        return f"not installed: {', '.join(missing)}"
    return None if _has_module() else f"the kernel {os.uname().release} has no module mhvtl"


def _extend_paths() -> None:
    if PREFIX and f"{PREFIX}/bin" not in os.environ["PATH"].split(":"):
        os.environ["PATH"] = f"{PREFIX}/bin:{os.environ['PATH']}"
        folders = (f"{PREFIX}/lib", f"{PREFIX}/lib64", os.environ.get("LD_LIBRARY_PATH"))
        os.environ["LD_LIBRARY_PATH"] = ":".join(folder for folder in folders if folder)


def _has_module() -> bool:
    built = Path(PREFIX, "lib/modules", os.uname().release, "mhvtl.ko")
    if Path("/sys/module/mhvtl").exists() or (PREFIX and built.exists()):
        return True
    asked = subprocess.run(["modprobe", "-n", "-q", "mhvtl"], check=False)
    return asked.returncode == 0


def version() -> str:
    told = subprocess.run(["vtlcmd"], capture_output=True, text=True, check=False)
    found = re.search(r"^Version: (.+)$", told.stderr + told.stdout, re.MULTILINE)
    return found[1].strip() if found else "unknown"


def configuration_up() -> str | None:
    """The name of the configuration that is up."""
    with suppress(FileNotFoundError):
        if found := re.search(r"^configuration=(.+)$", NOTES.read_text(), re.MULTILINE):
            return found[1]
    return None


@contextmanager
def brought_up(configuration: Configuration) -> Iterator[None]:
    """Up inside ``with``; left up when it was so before."""
    if configuration_up() == configuration.name:
        yield
        return
    _run(str(FOLDER / "up"), "--few", configuration.name)
    try:
        yield
    finally:
        _run(str(FOLDER / "down"))


def device_of(serial: str) -> str:
    """The /dev/sgN with this unit serial number, by what the kernel keeps of page 80h, else of an
    INQUIRY for it. Raises AssertionError unless it is exactly one: no other may be touched.
    """
    found = [folder.name for folder in SYS_GENERIC.glob("sg*") if _serial(folder) == serial]
    assert len(found) == 1, f"serial number {serial}: {found or 'no device'}"
    return f"/dev/{found[0]}"


def _serial(folder: Path) -> str | None:
    host = (folder / "device").resolve().name.partition(":")[0]
    if Path(f"/sys/class/scsi_host/host{host}/proc_name").read_text().strip() != "mhvtl":
        return None
    try:
        page = (folder / "device" / "vpd_pg80").read_bytes()
    except OSError:
        page = exchange(f"/dev/{folder.name}", bytes.fromhex("12 01 80 00 ff 00"), 255)
    # IBM's libraries add the number of the logical library, or their first storage element.
    words = page[4 : 4 + page[3]].replace(b"\0", b" ").split()
    return words[0].decode() if words else None


def exchange(device: str, cdb: bytes, length: int) -> bytes:
    """The data of one command. Raises AssertionError when it fails."""
    answer = ask(device, cdb, length=length)
    assert answer.status == GOOD, (device, cdb.hex(" "), answer.sense.hex(" "))
    return answer.data


def is_ready(device: str) -> bool:
    """What TEST UNIT READY says, past unit attentions."""
    while (answer := ask(device, bytes(6))).is_unit_attention:
        pass
    return answer.status == GOOD


def vtlcmd(number: int, *words: str) -> str:
    return _run("vtlcmd", str(number), *words)


def _run(*command: str) -> str:
    completed = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=900, check=False
    )
    assert completed.returncode == 0, (command, completed.stdout, completed.stderr)
    return completed.stdout


class Operator:
    """A person before the library: the steps of scenarios that are not the program's."""

    def __init__(self, configuration: Configuration, device: str) -> None:
        self._library = configuration.library.number
        self._media = MEDIA / configuration.name
        self._device = device

    def do(self, name: str, *arguments: str) -> None:
        """Raises AssertionError when mhVTL refuses."""
        if name in ("offline", "online"):
            vtlcmd(self._library, name)
            self._await(online=name == "online")
        elif name == "moves-fail":
            MOVES_FAIL.touch()
        elif name == "moves-work":
            MOVES_FAIL.unlink(missing_ok=True)
        else:
            verb, _ = name.split("-")
            for cartridge in arguments:
                # vtlcmd of mhVTL 1.8 looks for a file that older versions had, without partitions.
                (self._media / cartridge / "data").touch()
            said = vtlcmd(self._library, verb, "map", *arguments)
            assert said.strip().endswith("OK"), (name, arguments, said)

    def _await(self, *, online: bool) -> None:
        """These two are messages without an answer."""
        end = time.monotonic() + _LIMIT_SECONDS
        while is_ready(self._device) is not online:
            assert time.monotonic() < end, f"mhVTL did not go {'on' if online else 'off'}line"
            time.sleep(0.1)
