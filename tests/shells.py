"""Real shells at a terminal: what a TAB makes of a line, and all that it offers."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import changer.cli.completion

SCRIPTS = Path(changer.cli.completion.__file__).parent
SECONDS = 120.0
TAB, SHOW, EVERYTHING = "\t", "\x18q", "\x18a"
PROMPT = b"ready>"

# Keys show the line and clear it, and put all that is offered into it.
BASH = """
{load}
PS1='ready>'
bind -x '"\\C-xq": printf "[line:%s:line]\\n" "$READLINE_LINE"; READLINE_LINE='
bind '"\\C-xa": insert-completions'
bind 'set bell-style none'
"""
ZSH = """
{load}
autoload -Uz compinit
compinit -u -D
PROMPT='ready>'
unsetopt auto_menu list_beep
show-line() {{ zle -I; print -r -- "[line:${{BUFFER}}:line]"; BUFFER= }}
zle -N show-line
bindkey '^Xq' show-line
zle -C all-matches complete-word _generic
bindkey '^Xa' all-matches
zstyle ':completion:all-matches:*' insert true
zstyle ':completion:all-matches::::' completer _all_matches _complete
"""
LOAD_BASH = f". {SCRIPTS}/bash/changer"
LOAD_ZSH = f"fpath=({SCRIPTS}/zsh $fpath)"
LOAD_FISH = f"source {SCRIPTS}/fish/changer.fish"


class Shell:
    """An interactive shell at a terminal of its own; inside ``with``."""

    def __init__(self, name: str, folder: Path, environment: Mapping[str, str], load: str) -> None:
        """``load``: the line that makes the completion known."""
        folder.mkdir()
        settings = {"bash": BASH, "zsh": ZSH}[name].format(load=load)
        file = folder / {"bash": "bashrc", "zsh": ".zshrc"}[name]
        file.write_text(settings)
        self._arguments = [name, "-i"]
        if name == "bash":
            self._arguments = [name, "--noprofile", "--rcfile", str(file), "-i"]
        self._environment = {**environment, "ZDOTDIR": str(folder), "HOME": str(folder)}
        self._environment |= {"TERM": "xterm", "LC_ALL": "C.UTF-8"}

    def __enter__(self) -> Self:
        self._terminal, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 50, 200, 0, 0))
        self._process = subprocess.Popen(
            ["setsid", "--ctty", "--wait", *self._arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=self._environment,
        )
        os.close(theirs)
        self._press(SHOW)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        os.close(self._terminal)
        self._process.wait(timeout=SECONDS)

    def after_tab(self, line: str) -> str:
        """The line as a TAB leaves it."""
        return self._press(line + TAB + SHOW)

    def offered(self, line: str) -> list[str]:
        """All words that may stand at the end of a line, instead of the one that is begun."""
        whole = self._press(line + EVERYTHING + SHOW)
        start = line[: len(line) - len(line.split(" ")[-1])]
        assert whole.startswith(start), whole
        return [] if whole == line else whole.removeprefix(start).split()

    def _press(self, keys: str) -> str:
        """Press keys, the last of which show the line and clear it; return it."""
        os.write(self._terminal, keys.encode())
        shown, deadline = b"", time.monotonic() + SECONDS
        # The shell reads keys again when its prompt is there.
        while not (match := re.search(rb"\[line:(.*?):line\].*" + PROMPT, shown, re.DOTALL)):
            assert time.monotonic() < deadline, shown
            if select.select([self._terminal], [], [], 1.0)[0]:
                shown += os.read(self._terminal, 65536)
        return match[1].decode()


def offered_by_fish(
    line: str, environment: Mapping[str, str], *, load: str = LOAD_FISH
) -> dict[str, str]:
    """All words that fish offers at the end of a line, each with what it says of it.

    ``load``: the line that makes the completion known; without one, fish looks for it.
    """
    own = ["--no-config"] if load else []
    done = subprocess.run(
        ["fish", *own, "--command", f"{load}\ncomplete -C $argv[1]", line],
        env={**environment, "TERM": "xterm", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    )
    assert done.stderr == ""
    rows = (row.partition("\t") for row in done.stdout.splitlines())
    return {word: what for word, _, what in rows}
