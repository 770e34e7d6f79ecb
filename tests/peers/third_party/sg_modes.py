"""Mode pages as `sg_modes` prints them."""

import re
from dataclasses import dataclass
from enum import StrEnum

from .tool import told

_NAMES = re.compile(r" {4}(.{8})  (.{16})  (.{4})   peripheral_type: .+ \[0x([0-9a-f])\]")
_HEADER = re.compile(r"Mode parameter header from MODE SENSE\((6|10)\):")
_FIELDS = re.compile(
    r"  Mode data length=(\d+), medium type=0x(\w\w), specific param=0x(\w\w), longlba=0"
)
_BLOCK_LENGTH = re.compile(r"  Block descriptor length=(\d+)")
_DENSITY = re.compile(r"   Density code=0x([0-9a-f]+)")
_BLOCKS = "> General mode parameter block descriptors:"
# Of a page that it doesn't know it prints the code.
_PAGE = re.compile(r">> ([A-Z][\w() ]+|page_code: 0x[0-9a-f]{2}), page_control: current")
_BYTES = re.compile(r" [0-9a-f]0     ((?: ?[0-9a-f]{2} ?)+)")


class Form(StrEnum):
    """Which MODE SENSE."""

    SIX = "6"
    TEN = "10"


@dataclass(frozen=True, slots=True)
class ModePages:
    """``length``: with the header; ``blocks``: the block descriptors; pages by their code."""

    names: tuple[str, ...]
    form: Form
    length: int
    medium_type: int
    specific: int
    density: int | None
    blocks: bytes
    pages: dict[int, bytes]
    page_names: dict[int, str]


def parse_sg_modes(text: str) -> ModePages:
    """Raise ValueError on a line that is not understood."""
    lines = [line for line in text.splitlines() if line]
    names = _need(_NAMES, lines.pop(0))
    form = Form(_need(_HEADER, lines.pop(0))[1])
    _take_bytes(lines)  # sg3_utils 1.48 shows the header in hexadecimal too
    fields = _need(_FIELDS, lines.pop(0))
    block_length = int(_need(_BLOCK_LENGTH, lines.pop(0))[1])
    density, blocks = None, b""
    if lines and lines[0] == _BLOCKS:
        density = int(_need(_DENSITY, lines[1])[1], 16)
        del lines[:2]
        blocks = _take_bytes(lines)
    if len(blocks) != block_length:
        raise ValueError(f"{block_length} bytes of block descriptors, and these: {blocks.hex()}")
    pages, page_names = {}, {}
    while lines:
        name = _need(_PAGE, lines.pop(0))[1]
        page = _take_bytes(lines)
        pages[page[0] & 0x3F], page_names[page[0] & 0x3F] = page, name
    return ModePages(
        names=names.groups(),
        form=form,
        length=int(fields[1]),
        medium_type=int(fields[2], 16),
        specific=int(fields[3], 16),
        density=density,
        blocks=blocks,
        pages=pages,
        page_names=page_names,
    )


def _need(pattern: re.Pattern[str], line: str) -> re.Match[str]:
    if not (found := pattern.fullmatch(line)):
        raise ValueError(f"not a line that was to be expected: {line!r}")
    return found


def _take_bytes(lines: list[str]) -> bytes:
    content = b""
    while lines and (found := _BYTES.fullmatch(lines[0])):
        content += bytes.fromhex(found[1])
        del lines[0]
    return content


def read_mode_pages(device: str, form: Form) -> ModePages:
    options = ["-6"] if form is Form.SIX else []
    return parse_sg_modes(told("sg_modes", *options, "-a", device))
