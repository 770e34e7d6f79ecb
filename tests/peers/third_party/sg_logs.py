"""Log pages of a tape drive as `sg_logs` prints them; sg3_utils 1.46 to 1.48 differ."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from .tool import told

_NAMES = re.compile(r" {4}(.{8})  (.{16})  (.{4})")
_SUPPORTED = re.compile(r" +0x([0-9a-f]{2})        .+ \[\w+\]")
_BYTES = re.compile(r"  Data bytes [\w ]+: 0 GB")
_WANTED = {
    "  Cleaning action required": True,
    "  Cleaning action required (or in progress)": True,
    "  Cleaning action not required (or completed)": False,
}
_BITS = re.compile(r"  (?:\w+=\d ?)+")
_ACTIVITY = re.compile(r"  DT device activity: (.+)")
_FLAG = re.compile(r"  (.+): ([01])")


@dataclass(slots=True)
class DriveLogs:
    """Vendor, product and revision as padded; ``flags``: numbers of the TapeAlert flags set.

    What was not asked for is None, or empty.
    """

    names: tuple[str, ...] = ()
    supported: list[int] = field(default_factory=list)
    cleaning_wanted: bool | None = None
    status: dict[str, int] = field(default_factory=dict)
    activity: str | None = None
    alerts: list[tuple[str, bool]] = field(default_factory=list)

    @property
    def flags(self) -> tuple[int, ...]:
        assert len(self.alerts) == 64
        return tuple(number for number, (_, is_set) in enumerate(self.alerts, 1) if is_set)

    def flag_names(self) -> Mapping[int, str]:
        """What sg_logs calls the flags that are set."""
        return {number: self.alerts[number - 1][0] for number in self.flags}


def parse_sg_logs(text: str) -> DriveLogs:
    """Raise ValueError on a line that is not understood."""
    first, *lines = text.splitlines()
    logs = DriveLogs()
    if not (names := _NAMES.fullmatch(first)):
        raise ValueError(f"not the names of a device: {first!r}")
    logs.names = names.groups()
    read = _nothing
    for line in filter(None, lines):
        if line in _PAGES:
            read = _PAGES[line]
        elif not read(logs, line):
            raise ValueError(f"not a line of this page: {line!r}")
    return logs


def _nothing(logs: DriveLogs, line: str) -> bool:
    return False


def _supported(logs: DriveLogs, line: str) -> bool:
    if found := _SUPPORTED.fullmatch(line):
        logs.supported.append(int(found[1], 16))
    return found is not None


def _sequential_access(logs: DriveLogs, line: str) -> bool:
    if line in _WANTED:
        logs.cleaning_wanted = _WANTED[line]
        return True
    return _BYTES.fullmatch(line) is not None


def _device_status(logs: DriveLogs, line: str) -> bool:
    if found := _ACTIVITY.fullmatch(line):
        logs.activity = found[1]
        return True
    if _BITS.fullmatch(line):
        pairs = [pair.split("=") for pair in line.split()]
        logs.status |= {name: int(value) for name, value in pairs}
        return True
    return line == "  Very high frequency data:"


def _tape_alert(logs: DriveLogs, line: str) -> bool:
    if found := _FLAG.fullmatch(line):
        logs.alerts.append((found[1], found[2] == "1"))
    return found is not None


_PAGES = {
    "Supported log pages  [0x0]:": _supported,
    "Supported log pages log page  [0x0]:": _supported,
    "Sequential access device page (ssc-3)": _sequential_access,
    "Sequential access device log page (ssc-3)": _sequential_access,
    "DT device status page (ssc-3, adc-3) [0x11]": _device_status,
    "DT device status log page (ssc-3, adc-3) [0x11]": _device_status,
    "Tape alert page (ssc-3) [0x2e]": _tape_alert,
    "TapeAlert log page (ssc-3) [0x2e]": _tape_alert,
}


def read_logs(device: str, page: int | None = None) -> DriveLogs:
    """All pages of the drive behind /dev/sgN, or one. Reading TapeAlert clears its flags."""
    chosen = ["-a"] if page is None else ["-p", f"0x{page:02x}"]
    return parse_sg_logs(told("sg_logs", *chosen, device))
