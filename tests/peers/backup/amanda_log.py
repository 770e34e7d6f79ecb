"""Amanda's debug log of a run: calls of mtx, their output, and complaints."""

import re
from dataclasses import dataclass, field

from kernel.mtx_status import HEADER, MtxStatus, parse_mtx_status

LINE = re.compile(r".*?: pid \d+: thd-\S+: \w+: (?P<text>.*)")
CALL = re.compile(r"invoking (?P<program>\S+) -f (?P<device>\S+) (?P<words>.+)")
OUTPUT = "mtx: "
WARNING = re.compile(r"warning|mismatch|critical|no such drive|unknown", re.IGNORECASE)
# Amanda's own: amtape compares what a slot without a cartridge does not have, and chg-robot the
# sense key of an error that came from no device; and how it passes on what mtx said of a move.
OWN_WARNING = re.compile(
    r"warning: Use of uninitialized value (?:in numeric ne .*/amtape|\$sensekey in .*/robot\.pm)"
    r" line \d+\.|"
    r"new Amanda::Changer::Error: type='failed', reason='unknown', message='error from mtx: .*"
)


@dataclass(slots=True)
class Call:
    """One call of mtx: ``words`` as ``load 1 0``; ``lines``: its output where Amanda logs it.

    Amanda logs what a status prints, and nothing of the other calls but their errors.
    """

    words: str
    lines: list[str] = field(default_factory=list)

    @property
    def succeeded(self) -> bool:
        return bool(self.lines) and HEADER.fullmatch(self.lines[0]) is not None

    @property
    def status(self) -> MtxStatus:
        """Of a status that succeeded; ValueError for an unknown line."""
        return parse_mtx_status("\n".join(self.lines))


@dataclass(frozen=True, slots=True)
class Log:
    """``warnings``: what Amanda wondered at."""

    program: str | None
    calls: tuple[Call, ...]
    warnings: tuple[str, ...]

    @property
    def words(self) -> list[str]:
        return [call.words for call in self.calls]

    @property
    def statuses(self) -> list[Call]:
        """Those calls that asked for the status."""
        return [call for call in self.calls if call.words.endswith("status")]


def read_log(text: str) -> Log:
    """Parse a debug log, which may still be growing."""
    calls: list[Call] = []
    warnings: list[str] = []
    program = None
    for line in text.splitlines():
        match = LINE.fullmatch(line)
        if match is None:
            continue  # of an error message, which begins with a line that is understood
        said = match["text"]
        if call := CALL.fullmatch(said):
            program = call["program"]
            calls.append(Call(call["words"]))
        elif said.startswith(OUTPUT):
            calls[-1].lines.append(said.removeprefix(OUTPUT))
        elif WARNING.search(said) and not OWN_WARNING.fullmatch(said):
            warnings.append(said)
    return Log(program, tuple(calls), tuple(warnings))
