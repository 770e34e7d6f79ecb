"""The lines that documents and manuals give a reader for the shell, by page and section.

In Markdown a block is for the shell if it is indented by four spaces, or fenced as ``sh`` and does
not begin with ``#!``; in a manual, what EXAMPLES display.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from documents import MANUALS, ROOT, document, manual

PAGES = tuple(
    str(path.relative_to(ROOT))
    for pattern in ("*.md", "docs/**/*.md", "systemd/*.md", "udev/*.md", "mhvtl-config/*.md")
    for path in sorted(ROOT.glob(pattern))
)
# Its examples are settings.
_SETTINGS = "man/changer.toml.5"
_FENCE = re.compile(r" {0,3}```(\w*)")
_HEADING = re.compile(r"(#+) (.*)")
_COMMENT = re.compile(r"(?:^|\s{2,})#.*$")
_ASSIGNMENT = re.compile(r"[A-Z_]+=\S*$")


@dataclass(frozen=True, slots=True)
class ShellLine:
    """One command line: its page, the section that it stands in, its number and its text."""

    page: str
    section: str
    number: int
    typed: str

    @property
    def text(self) -> str:
        """Without the comment behind it."""
        return _COMMENT.sub("", self.typed).strip()

    @property
    def words(self) -> list[str]:
        """The words of its first command, without assignments and sudo before it."""
        words = shlex.split(self.text, comments=False)
        while words and (words[0] == "sudo" or _ASSIGNMENT.match(words[0])):
            words = words[1:]
        return words

    def __str__(self) -> str:
        return f"{self.page}:{self.number}: {self.text}"


def shell_lines(page: str) -> list[ShellLine]:
    """Those of a page or manual, in their order; comments alone are left out."""
    if page == _SETTINGS:
        return []
    found = _of_manual(page) if page.startswith("man/") else _of_markdown(page)
    return [each for each in _joined(list(found)) if each.text]


def _of_markdown(page: str) -> Iterator[ShellLine]:
    section, fence, before = "", None, ""
    for number, line in enumerate(document(page).splitlines(), 1):
        is_fence, heading = _FENCE.match(line), _HEADING.match(line)
        if is_fence:
            fence = None if fence is not None else is_fence[1]
        elif fence == "sh" and not _is_script(page, number):
            yield ShellLine(page, section, number, line)
        elif fence is None and heading:
            # A part of a section goes on in its world.
            section = heading[2] if len(heading[1]) <= 2 else section
        elif fence is None and line[:4] == "    " and (not before or before[:4] == "    "):
            yield ShellLine(page, section, number, line[4:])
        before = line


@cache
def _script_lines(page: str) -> frozenset[int]:
    """Numbers of lines in blocks that are a file for the shell."""
    numbers: set[int] = set()
    text = document(page)
    for found in re.finditer(r"^```sh\n#!.*?^```", text, re.MULTILINE | re.DOTALL):
        first = text.count("\n", 0, found.start()) + 1
        numbers |= set(range(first, first + found[0].count("\n") + 1))
    return frozenset(numbers)


def _is_script(page: str, number: int) -> bool:
    return number in _script_lines(page)


def _of_manual(page: str) -> Iterator[ShellLine]:
    is_shown, block = False, 0
    for line in manual(page.removeprefix("man/")):
        if line.section == "EXAMPLES":
            block += line.macro == "Bd"
            is_shown = (is_shown or line.macro == "Bd") and line.macro != "Ed"
            if is_shown and not line.macro:
                yield ShellLine(page, f"EXAMPLES, block {block}", line.number, line.text)


def _joined(lines: list[ShellLine]) -> Iterator[ShellLine]:
    """A line that ends with a backslash goes on in the next one."""
    begun: ShellLine | None = None
    for line in lines:
        if begun is not None:
            typed = f"{begun.typed[:-1].rstrip()} {line.typed.strip()}"
            line = ShellLine(begun.page, begun.section, begun.number, typed)
        begun = line if line.typed.endswith("\\") else None
        if begun is None:
            yield line


def sections() -> dict[tuple[str, str], list[ShellLine]]:
    """All lines, by page and section."""
    found: dict[tuple[str, str], list[ShellLine]] = {}
    manuals = (f"man/{name}" for name in MANUALS if name.endswith(".1"))
    for page in (*PAGES, *manuals):
        for line in shell_lines(page):
            found.setdefault((page, line.section), []).append(line)
    return found
