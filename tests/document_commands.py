"""How the command lines of documents are tried: run, in a world of their own, or checked.

Every line is run with bash, section by section, against a virtual library. Those that can't be are
in NOT_RUN, with the reason.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from document_lines import ShellLine

PROGRAMS = ("changer", "changer-mtx", "changer-autochanger")
LIMIT_SECONDS = 240  # for a section
_PROGRAMS = Path(sys.executable).parent

# The first words of a line, or all of them, and why it is not run. Of a line of our programs all
# words are needed. A line belongs to the longest entry.
NOT_RUN = {
    "apt install": "installs packages on this machine",
    "make": "what the target does is tested by running it",
    "pytest": "tests run tests by make",
    "pipx": "downloads packages",
    "uv": "downloads packages",
    "python3 -m build": "the tests of the distribution build with the backend itself",
    "python3 -m hatchling build": "the tests of the distribution do",
    "cd": "is about an installation by pipx",
    "systemctl": "needs systemd as the first process",
    "systemd-sysusers": "makes users of this machine",
    "systemd-tmpfiles": "makes folders of this machine",
    "journalctl": "needs systemd's journal",
    "udevadm": "needs udev, and a library of hardware",
    "install": "writes to folders of this machine",
    "rm": "removes files of this machine",
    "usermod": "changes a user of this machine",
    "adduser": "makes a user of this machine",
    "ls": "lists devices of a library of hardware",
    "sg_inq": "asks a library of hardware",
    "mt": "needs a tape drive of hardware",
    "tar": "needs a tape drive of hardware",
    "mtx": "needs a device of the kernel; tests/kernel compares it with ours",
    "mhvtl-config/up": "needs the kernel module of mhVTL",
    "mhvtl-config/down": "needs the kernel module of mhVTL",
    "touch": "changes cartridges of mhVTL",
    "mkdir": "is about a checkout of mhVTL",
    "cp": "is about a checkout of mhVTL, or writes to folders of this machine",
    "ssh-keyscan": "needs the host that owns the library",
    "iscsiadm": "tests/hosts runs it, in hosts of its own",
    "createuser": "needs PostgreSQL's server of the host; tests/postgres.py starts its own",
    "createdb": "needs PostgreSQL's server of the host; tests/postgres.py starts its own",
    "psql": "needs PostgreSQL's server of the host; tests/postgres.py starts its own",
    "echo hostssl": "needs PostgreSQL's server of the host; tests/postgres.py starts its own",
    "editor": "waits for a person",
    **dict.fromkeys(
        (
            "changer serve",
            "changer --library STK_L700_CHGR0001 serve",
            "changer serve --socket /run/changer-serve/http --group www-data",
            "changer serve --listen 192.0.2.10:8410 --token-file /etc/changer/web-token",
            "changer serve --socket /run/changer-serve/http --group www-data "
            "--allow-host tapes.example.com",
        ),
        "listens at a place of this machine; tests/simulated/web does, at one of its own",
    ),
    **dict.fromkeys(
        ("changer top", "changer -l msl top --interval 10"),
        "waits for a person; tests/simulated/on_screen runs it at a terminal of its own",
    ),
    "(umask": "writes to folders of this machine",
    (
        "changer --trace /var/lib/changer/shared.trace "
        "sim attach shared --export 192.0.2.10 --background"
    ): "makes devices of the kernel; tests/hosts runs it",
    "changer sim detach shared": "is about devices of the kernel; tests/hosts runs it",
    "changer sim attach demo --background": "makes devices of the kernel; tests/kernel does it",
    "changer sim detach demo": "is about devices of the kernel; tests/kernel does it",
}

# Lines that may end with another status than 0, which ones, and why.
_OF_THIS_MACHINE = ((0, 97), "what is wrong here is no business of a document")
STATUS = {
    "changer watch": ((130,), "it is interrupted after two seconds"),
    "changer watch --json --interval 60": ((130,), "the same"),
    "changer operations stop 68d29dc4": ((85,), "the id is one of another store"),
    "changer doctor": _OF_THIS_MACHINE,
    "changer doctor --library STK_L700_CHGR0001": _OF_THIS_MACHINE,
    "changer doctor --json": _OF_THIS_MACHINE,
    "changer doctor --report doctor.txt": _OF_THIS_MACHINE,
    "changer --trace model.jsonl doctor --report doctor.txt": _OF_THIS_MACHINE,
    "changer --library STK_L700_CHGR0001 doctor --report doctor.txt --force": _OF_THIS_MACHINE,
}

# What reads until it is interrupted.
ENDLESS = ("changer watch", "changer watch --json --interval 60")

# What stands for something that this machine lacks, or that takes long; folders are the world's.
STAND_INS = {
    "STK_L700_CHGR0001": "sim:demo",
    "-l l700": "-l sim:demo",
    "/dev/sg3": "sim:demo",
    "/usr/local/bin/": "{world}/usr/local/bin/",
    "/etc/changer/": "{world}/etc/changer/",
    "/var/backups/": "{world}/var/backups/",
    "/srv/changer/": "{world}/srv/changer/",
    "move_seconds=60": "move_seconds=1",
}

# Functions of the world: what people do, and what goes wrong.
PREAMBLE = r"""
bring() {
    brought=$((brought + 1))
    case $1 in
    cleaner) changer sim operator demo put "CLN00${brought}CU" ;;
    data) changer sim operator demo put "B0000${brought}L8" "$2" ;;
    esac
} >/dev/null
attend() {
    while sleep 0.8; do
        case $(changer operations) in
        *eject*waiting* | *export*waiting*) changer sim operator demo take ;;
        *import*waiting*) changer sim operator demo put "B0000${RANDOM}L8" ;;
        esac
    done
} >/dev/null 2>&1
strand() {
    stranded=$((stranded + 1))
    changer unload 0
    changer sim fault demo move-fails in-transport
    changer load "A0000${stranded}L8" 0
} >/dev/null 2>&1
person() { changer sim operator demo "$@"; } >/dev/null
set -o pipefail
brought=0 stranded=0
trap 'kill $(jobs -p) 2>/dev/null' EXIT
"""

# What is there before all else: fewer cartridges and quicker drives than in sim:demo.
FIRST = """
changer state init &&
changer sim create demo --profile demo --cleaners 0 --set data_cartridges=3 \\
    --set cleaning_seconds=0.2 --set drive_load_seconds=0.1
"""

# What must have happened before a section, or before a line of any page.
_SOMEONE_IS_THERE = "attend &"
_A_CLEANER_IS_IN = ("changer cleaner reserve 12", "bring cleaner", "changer cleaner insert")
_A_CLEANER_LIES_IN_7 = ("changer cleaner reserve 12", "person remove 7", "person insert CLN007CU 7")
BEFORE_SECTION: dict[tuple[str, str], tuple[str, ...]] = {
    ("README.md", "Operate"): (_SOMEONE_IS_THERE,),
    ("docs/cleaning.md", "In short"): (_SOMEONE_IS_THERE,),
    ("docs/cleaning.md", "Bringing a cleaner in, and taking it out"): _A_CLEANER_LIES_IN_7,
    ("docs/cleaning.md", "By a timer"): _A_CLEANER_IS_IN,
    ("docs/cleaning.md", "Several cleaners"): (_SOMEONE_IS_THERE,),
    ("docs/moves.md", "Many cartridges"): (_SOMEONE_IS_THERE,),
    ("docs/state.md", "Moving a library to another host"): (
        "ssh old-host changer state init",
        "ssh old-host changer load 1 0",
    ),
    ("man/changer.1", "EXAMPLES, block 3"): ("person put B00001L8 mail:1", "person remove 7"),
    ("man/changer.1", "EXAMPLES, block 4"): (_SOMEONE_IS_THERE,),
    ("man/changer.1", "EXAMPLES, block 5"): (_SOMEONE_IS_THERE,),
    ("man/changer.1", "EXAMPLES, block 6"): _A_CLEANER_LIES_IN_7,
    ("man/changer.1", "EXAMPLES, block 7"): _A_CLEANER_IS_IN,
    ("man/changer-mtx.1", "EXAMPLES, block 1"): ("changer load 3 0", "changer move 1 4"),
    ("man/changer-autochanger.1", "EXAMPLES, block 1"): ("changer move 1 4",),
}
BEFORE: dict[str, tuple[str, ...]] = {
    "changer cleaner insert": ("bring cleaner",),
    "changer cleaner insert 10": ("bring cleaner",),
    "changer cleaner insert 11": ("bring cleaner",),
    "changer clean --needed": ("changer sim fault demo wants-cleaning drive:0 required",),
    "changer recover": ("strand",),
    "changer recover --dry-run": ("strand",),
    "changer recover --to 10": ("strand",),
    "changer-autochanger sim:demo transfer 1 4": ("changer move 2 1",),
    "ssh-keygen -t ed25519 -N '' -f ~/.ssh/id_ed25519": ("mkdir -p ~/.ssh",),
}


@dataclass(frozen=True)
class Tried:
    """What a line ended with, and printed on both streams."""

    line: ShellLine
    status: int
    printed: str


def reason_of(line: ShellLine) -> str | None:
    """The entry of NOT_RUN that a line belongs to; None: it is run."""
    text = " ".join(line.words)
    name = line.words[0]
    if name.startswith(".venv/bin/"):
        text = text.removeprefix(".venv/bin/")
    elif name.startswith("venv/bin/pip"):
        text = text.removeprefix("venv/bin/")
    fitting = [each for each in NOT_RUN if text == each or text.startswith(f"{each} ")]
    best = max(fitting, key=len, default=None)
    if best is not None and best.startswith(PROGRAMS) and text != best:
        return None
    return best


def try_lines(lines: list[ShellLine], world: Path) -> list[Tried]:
    """Run the lines of a section in one shell, in a world that nothing has happened in."""
    environment = _environment(world)
    shutil.copytree(_first_world(), world, symlinks=True, dirs_exist_ok=True)
    script = [PREAMBLE, *BEFORE_SECTION.get((lines[0].page, lines[0].section), ())]
    for number, line in enumerate(lines):
        script += BEFORE.get(line.text, ())
        text = line.typed.strip()
        for meant, stand_in in STAND_INS.items():
            text = text.replace(meant, stand_in.format(world=world))
        if line.text in ENDLESS:
            text = f"timeout --preserve-status --signal INT 2 {text}"
        script += [f"echo @@begin {number}", text, f"ended=$?; echo; echo @@end {number} $ended"]
    done = subprocess.run(
        ["bash", "-c", "\n".join(script)],
        env=environment,
        cwd=world,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    return list(_parts(lines, done.stdout))


def _parts(lines: list[ShellLine], output: str) -> list[Tried]:
    tried = []
    for number, line in enumerate(lines):
        _, _, rest = output.partition(f"@@begin {number}\n")
        printed, end, after = rest.partition(f"\n@@end {number} ")
        status = int(after.split("\n", 1)[0]) if end else -1
        tried.append(Tried(line, status, printed))
    return tried


@cache
def _first_world() -> Path:
    """Folders, programs, settings, a state store and a virtual library; made once."""
    world = Path(tempfile.mkdtemp(prefix="changer-documents-"))
    atexit.register(shutil.rmtree, world)
    local = world / "usr/local/bin"
    for folder in (local, world / "var/backups", world / "srv/changer", world / "home"):
        folder.mkdir(parents=True)
    (world / ".venv").symlink_to(_PROGRAMS.parent)
    for name in PROGRAMS:
        (local / name).symlink_to(_PROGRAMS / name)
    ssh = local / "ssh"
    ssh.write_text('#!/bin/sh\nshift\nCHANGER_STATE="$HOME/other.db" exec "$@"\n')
    ssh.chmod(0o755)
    settings = world / "etc/changer/changer.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('default_library = "sim:demo"\n')
    subprocess.run(
        ["bash", "-c", FIRST], env=_environment(world), check=True, stdout=subprocess.DEVNULL
    )
    return world


def _environment(world: Path) -> dict[str, str]:
    """That of whoever types in a world."""
    return {
        "PATH": f"{world}/usr/local/bin:{_PROGRAMS}:/usr/bin:/bin:/usr/sbin:/sbin",
        "HOME": f"{world}/home",
        "LC_ALL": "C.UTF-8",
        "CHANGER": "sim:demo",
        "CHANGER_CONFIG": f"{world}/etc/changer/changer.toml",
        "CHANGER_STATE": f"{world}/state.db",
        "CHANGER_SIM_DIR": f"{world}/simulated",
        "CHANGER_LOCK_DIR": f"{world}/lock",
        "CHANGER_HOOKS": os.environ.get("CHANGER_HOOKS", "/nonexistent"),
    }
