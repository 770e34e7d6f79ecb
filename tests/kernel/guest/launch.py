#!/usr/bin/env python3
"""Starts a guest with its own kernel and a medium changer behind /dev/sg, and runs a command in it.

    tests/kernel/guest/launch.py -- pytest tests/kernel
    tests/kernel/guest/launch.py --machine qemu --kernel 6.12 -- pytest tests/kernel
    tests/kernel/guest/launch.py -- bash -c 'mtx -f "$CHANGER_TEST_DEVICE" status'
    tests/kernel/guest/launch.py --shell

The guest is User-mode Linux, or QEMU in software emulation where that cannot start. It sees this
machine's files, can write to `build/kernel/` alone, and ends with the command. The exit status is
the command's, or

    124  the time limit was reached
    125  the guest could not be started, died, or said nothing; the console's end is shown
"""

import argparse
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from kernel.guest.machine import (
    REPOSITORY,
    CannotStart,
    GuestError,
    Machine,
    check_path,
    find_environment,
    find_program,
)
from kernel.guest.process import run_process
from kernel.guest.qemu import Qemu
from kernel.guest.run_folder import CONSOLE_LOG, read_status, report, run_folder
from kernel.guest.uml import UserModeLinux

TIMED_OUT = 124
GUEST_FAILED = 125


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Run a command in a guest with a medium changer behind /dev/sg."
    )
    parser.add_argument("--machine", choices=("uml", "qemu"), help="no other one will do")
    parser.add_argument("--kernel", help="of QEMU: as tests/environment/kernel takes it")
    parser.add_argument("--timeout", type=float, default=600.0, metavar="SECONDS")
    # Emulation of a second one costs a quarter more, also while it has nothing to do.
    parser.add_argument("--processors", type=int, choices=(1, 2), default=1, help="of QEMU")
    parser.add_argument("--peers", action="store_true", help="with Bacula and Amanda")
    parser.add_argument("--times", action="store_true", help="say how long each step takes")
    parser.add_argument("--shell", action="store_true", help="an interactive shell (on a terminal)")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    arguments = parser.parse_args()
    if arguments.command[:1] == ["--"]:
        del arguments.command[0]
    if bool(arguments.command) == arguments.shell:
        parser.error("give either a command (after --) or --shell")
    return arguments


def write_settings(run: Path, machine: Machine, arguments: argparse.Namespace) -> None:
    environment = [f"{name}={value}" for name, value in passed_environment().items()]
    peers = str(find_environment("peers")) if arguments.peers else ""
    settings = [
        f"MACHINE={machine.name}",
        f"REPOSITORY={shlex.quote(str(REPOSITORY))}",
        f"PEERS_FOLDER={shlex.quote(peers)}",
        f"PYTHON_PREFIX={shlex.quote(python_prefix())}",
        f"WORKING_FOLDER={shlex.quote(str(Path.cwd()))}",
        f"COMMAND=({shlex.join(arguments.command)})",
        f"ENVIRONMENT=({shlex.join(environment)})",
        f"TIMES={'yes' if arguments.times else ''}",
        f"TIME_LIMIT={'' if arguments.shell else arguments.timeout}",
        *machine.settings(run),
    ]
    (run / "settings").write_text("\n".join(settings) + "\n")


def python_prefix() -> str:
    """Where the interpreter of the tests is installed."""
    python = find_program("python", hint="make venv")
    argv = [python, "-c", "import sys; print(sys.base_prefix, end='')"]
    return subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=True).stdout


def passed_environment() -> dict[str, str]:
    """What of this environment the command in the guest gets."""
    own = {"CHANGER_TEST_DEVICE", "CHANGER_TEST_GUEST", "CHANGER_TEST_PEERS"}
    return {
        name: value
        for name, value in os.environ.items()
        if (name.startswith("CHANGER_") and name not in own)
        or name in ("CI", "COLUMNS", "LINES", "PYTEST_ADDOPTS", "TERM")
    }


def run_command(run: Path, machine: Machine, timeout: float) -> int:
    in_time = run_process(
        lambda stderr: machine.start(run, stderr=stderr),
        run / CONSOLE_LOG,
        is_done=lambda: read_status(run) is not None,
        timeout=timeout,
    )
    if not in_time:
        report(run, f"the guest was stopped at its time limit of {timeout:g} seconds")
        return TIMED_OUT
    return status_of(run, machine)


def run_shell(run: Path, machine: Machine) -> int:
    start = machine.start(run, stderr=None)
    with (run / CONSOLE_LOG).open("wb") as console:
        errors = console if machine.name == "uml" else None
        subprocess.run(start.argv, env={**os.environ, **start.environment}, stderr=errors)
    return status_of(run, machine)


def status_of(run: Path, machine: Machine) -> int:
    status = read_status(run)
    if status is None:
        machine.check_started(run, run / CONSOLE_LOG)
        report(run, "the guest ended without saying how its command ended")
        return GUEST_FAILED
    return status


def run_on(machine: Machine, arguments: argparse.Namespace) -> int:
    with run_folder() as run:
        write_settings(run, machine, arguments)
        if arguments.shell:
            return run_shell(run, machine)
        return run_command(run, machine, arguments.timeout)


def run_on_qemu(arguments: argparse.Namespace) -> int:
    return run_on(Qemu(processors=arguments.processors, kernel=arguments.kernel), arguments)


def launch(arguments: argparse.Namespace) -> int:
    check_path(REPOSITORY)
    if arguments.machine == "qemu":
        return run_on_qemu(arguments)
    try:
        return run_on(UserModeLinux(), arguments)
    except CannotStart as error:
        if arguments.machine == "uml":
            raise
        print(f"guest: {error}; using QEMU, which is slower", file=sys.stderr, flush=True)
    prepare = REPOSITORY / "tests" / "environment" / "prepare"
    subprocess.run([prepare, "kernels"], stdin=subprocess.DEVNULL, check=True)
    return run_on_qemu(arguments)


def end_by_signal(number: int, frame: FrameType | None) -> None:
    """Unwind, so that no machine is left behind."""
    sys.exit(128 + number)


def main() -> int:
    arguments = parse_arguments()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end_by_signal)
    try:
        return launch(arguments)
    except (GuestError, OSError, subprocess.SubprocessError) as error:
        print(f"guest: {error}", file=sys.stderr)
        return GUEST_FAILED


if __name__ == "__main__":
    sys.exit(main())
