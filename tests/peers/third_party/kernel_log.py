"""The kernel's log, without the usual lines of devices that come and go."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

_WARNING = 4

# Messages about SCSI devices, the target core, and whatever the kernel warns of, are looked at.
_ABOUT_DEVICES = re.compile(r"^(scsi|ch|st|sg|tcm|target|uio|TCM|TARGET)\b|TMR|LUN|I/O error")

_ORDINARY = re.compile(
    "|".join(
        (
            r"scsi host\d+: TCM_Loopback",
            r"scsi [\d:]+: (Medium Changer   |Sequential-Access) .{8} .{16} .{4} PQ: 0 ANSI: 5",
            r"(scsi|ch|st) [\d:]+: Attached scsi generic sg\d+ type [18]",
            r"(ch|st) [\d:]+: Attached scsi (tape st|changer ch)\d+",
            r"st [\d:]+: st\d+: try direct i/o: yes \(alignment \d+ B\)",
            r"st [\d:]+: \[st\d+\] Block limits 1 - 8388608 bytes\.",
            r"ch [\d:]+: \[ch\d+\] type #\d \(..\): 0x[0-9a-f]+\+\d+ \[[a-z/ ]+\]",
            # Only SCSI-2 has fields for it; the kernel then does not know which st a drive is.
            r"ch [\d:]+: \[ch\d+\] dt 0x[0-9a-f]+: ",
            r"ch [\d:]+: \[ch\d+\] ID/LUN unknown",
            r"ch [\d:]+: \[ch\d+\] INITIALIZE ELEMENT STATUS, may take some time \.\.\.",
            r"ch [\d:]+: \[ch\d+\] \.\.\. finished",
            # The target core of itself, when it is loaded and at each backstore.
            r"Rounding down aligned max_sectors from \d+ to \d+",
            r"db_root: cannot open: /etc/target",
            # Of a virtual machine on a machine that is busy.
            r"clocksource: .*|.*perf: interrupt took too long.*|.*hrtimer: interrupt took.*",
            r"workqueue: \w+(?: \[\w+\])? hogged CPU for >\d+us \d+ times, .*",
        )
    )
)


@dataclass(frozen=True, slots=True)
class Message:
    """``level``: 0 is the gravest, 7 for debugging."""

    level: int
    text: str

    @property
    def is_suspicious(self) -> bool:
        """About devices or a warning, and none of those that are always there."""
        if self.level > _WARNING and not _ABOUT_DEVICES.search(self.text):
            return False
        return not _ORDINARY.fullmatch(self.text)


class KernelLog:
    """The messages since it was opened, each of them once."""

    def __init__(self) -> None:
        self._kept: list[Message] = []
        self._file = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        os.lseek(self._file, 0, os.SEEK_END)

    def take(self, pattern: str) -> list[re.Match[str]]:
        """The messages that are like this, which a test expects."""
        self._kept += self._read()
        found = [(each, re.fullmatch(pattern, each.text)) for each in self._kept]
        self._kept = [each for each, match in found if not match]
        return [match for _, match in found if match]

    def take_suspicious(self) -> list[str]:
        """What is left that should not be there; nothing is kept."""
        kept, self._kept = [*self._kept, *self._read()], []
        return [each.text for each in kept if each.is_suspicious]

    def _read(self) -> Iterator[Message]:
        while True:
            try:
                record = os.read(self._file, 8192).decode(errors="replace")
            except BlockingIOError:
                return
            head, _, text = record.partition(";")
            # Lines after the first begin with a blank, and name the device.
            yield Message(int(head.partition(",")[0]) & 7, text.split("\n")[0])

    def close(self) -> None:
        os.close(self._file)
