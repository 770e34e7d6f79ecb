#!/usr/bin/env python3
"""Starts a guest with its own kernel and a medium changer behind /dev/sg, and runs a command in it.

    tests/kernel/guest/launch.py -- pytest tests/kernel
    tests/kernel/guest/launch.py -- bash -c 'mtx -f "$CHANGER_TEST_DEVICE" status'
    tests/kernel/guest/launch.py --shell

The guest is QEMU in software emulation, prepared by virtme-ng; it sees this machine's files, can
write to `build/kernel/` alone, and ends with the command. The exit status is the command's, or

    124  the time limit was reached
    125  the guest could not be started, died, or said nothing; the console's end is shown
"""

import argparse
import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

REPOSITORY = Path(__file__).resolve().parents[3]
RESULTS = REPOSITORY / "build" / "kernel"
# Where the guest mounts RESULTS; init lays it over the checkout's own build/kernel.
GUEST_RESULTS = Path("/run/changer-results")

TIMED_OUT = 124
GUEST_FAILED = 125
CONSOLE_LINES = 40
CONSOLE_LOG = "console.log"
STDERR_PIPE = "stderr.pipe"
PYTHON_IMAGE = "python.img"

# Folders of the host that the guest may change for itself, in memory.
OVERLAYS = ("/etc", "/tmp")

QEMU_OPTIONS = (
    # No CD-ROM, floppy or network card to detect.
    "-nodefaults",
    # The plain processor: the emulation of newer vector instructions costs more than they save.
    "-cpu", "qemu64,-svm",
    "-fsdev", "local,id=changer-host,path=/,security_model=none,readonly=on,multidevs=remap",
    "-device", "virtio-9p-pci,fsdev=changer-host,mount_tag=changer-host",
)  # fmt: skip
KERNEL_OPTIONS = (
    # Each of these is slow in emulation and protects nothing in a guest that lives for a minute.
    "mitigations=off", "nokaslr", "apparmor=0", "audit=0",
    "init_on_alloc=0", "randomize_kstack_offset=off",
    # Code at another address is translated anew: every program would start half as fast.
    "norandmaps",
    # The default clock, HPET, leaves the emulated processor at every reading.
    "tsc=reliable", "clocksource=tsc",
)  # fmt: skip


class GuestError(Exception):
    """The guest cannot be started; the message says what to do."""


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Run a command in a guest with a medium changer behind /dev/sg."
    )
    parser.add_argument("--timeout", type=float, default=600.0, metavar="SECONDS")
    # Emulation of a second one costs a quarter more, also while it has nothing to do.
    parser.add_argument("--processors", type=int, choices=(1, 2), default=1)
    parser.add_argument("--times", action="store_true", help="say how long each step takes")
    parser.add_argument("--shell", action="store_true", help="an interactive shell (on a terminal)")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    arguments = parser.parse_args()
    if arguments.command[:1] == ["--"]:
        del arguments.command[0]
    if bool(arguments.command) == arguments.shell:
        parser.error("give either a command (after --) or --shell")
    return arguments


def find_program(name: str) -> str:
    path = os.pathsep.join(
        [str(REPOSITORY / ".venv" / "bin"), os.environ.get("PATH", ""), "/usr/sbin", "/sbin"]
    )
    program = shutil.which(name, path=path)
    if program is None:
        raise GuestError(f"{name} is not installed; run: make environment-test venv")
    return program


def find_environment(name: str) -> Path:
    """The folder that tests/environment/NAME prints, and fetches when there is none yet."""
    completed = subprocess.run(
        [REPOSITORY / "tests" / "environment" / name],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if completed.returncode != 0:
        raise GuestError(f"tests/environment/{name} failed; see above")
    return Path(completed.stdout.strip())


def make_python_image(run: Path) -> str:
    """Write the image that python_image.py describes; returns its part of the settings."""
    completed = subprocess.run(
        [
            find_program("python"),
            Path(__file__).resolve().with_name("python_image.py"),
            run / PYTHON_IMAGE,
            find_program("mke2fs"),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return completed.stdout


def write_settings(run: Path, kernel: Path, peers: Path, arguments: argparse.Namespace) -> None:
    environment = [f"{name}={value}" for name, value in passed_environment().items()]
    settings = [
        f"REPOSITORY={shlex.quote(str(REPOSITORY))}",
        f"KERNEL_FOLDER={shlex.quote(str(kernel))}",
        f"PEERS_FOLDER={shlex.quote(str(peers))}",
        f"WORKING_FOLDER={shlex.quote(str(Path.cwd()))}",
        f"COMMAND=({shlex.join(arguments.command or ['bash', '-i'])})",
        f"ENVIRONMENT=({shlex.join(environment)})",
        f"TIMES={'yes' if arguments.times else ''}",
        f"TIME_LIMIT={'' if arguments.shell else arguments.timeout}",
        make_python_image(run),
    ]
    (run / "settings").write_text("\n".join(settings))


def passed_environment() -> dict[str, str]:
    """What of this environment the command in the guest gets."""
    own = {"CHANGER_TEST_DEVICE", "CHANGER_TEST_GUEST", "CHANGER_TEST_PEERS"}
    return {
        name: value
        for name, value in os.environ.items()
        if (name.startswith("CHANGER_") and name not in own)
        or name in ("CI", "COLUMNS", "LINES", "PYTEST_ADDOPTS", "TERM")
    }


def guest_arguments(kernel: Path, run: Path, *, processors: int, interactive: bool) -> list[str]:
    guest_run = GUEST_RESULTS / run.name
    start = ["bash", str(Path(__file__).resolve().with_name("init")), str(guest_run)]
    arguments = [
        find_program("virtme-run"),
        "--kimg", str(next((kernel / "boot").glob("vmlinuz-*"))),
        "--mods", "auto",
        "--busybox", str(kernel / "bin" / "busybox"),
        "--disable-kvm",  # /dev/kvm can exist and still hang on a stock kernel
        "--disable-microvm",
        "--disable-monitor",
        "--force-9p",
        "--memory", "1G",
        "--cpus", str(processors),
        "--name", "changer-guest",
        "--qemu-bin", find_program("qemu-system-x86_64"),
        f"--rwdir={GUEST_RESULTS}={RESULTS}",
    ]  # fmt: skip
    for folder in OVERLAYS:
        arguments += ["--overlay-rwdir", folder]
    for option in KERNEL_OPTIONS:
        arguments += ["--kopt", option]
    if interactive:
        shell = run / "shell"
        shell.write_text(f"#!/bin/sh\nexec {shlex.join(start)}\n")
        shell.chmod(0o755)
        arguments += ["--shell", str(guest_run / shell.name)]
    else:
        arguments += ["--script-sh", f"exec {shlex.join(start)}"]
        # The console goes to QEMU's standard error, so the command's needs a way of its own.
        arguments += ["--show-boot-console", "--kopt", "loglevel=6"]
        for option in (
            "-chardev", f"file,id=changer-stderr,path={run / STDERR_PIPE}",
            "-device", "virtio-serial-pci",
            "-device", "virtserialport,name=changer.stderr,chardev=changer-stderr",
        ):  # fmt: skip
            arguments.append(f"-q={option}")
    image = f"file={run / PYTHON_IMAGE},format=raw,if=none,id=changer-python,readonly=on"
    disk = ("-drive", image, "-device", "virtio-blk-pci,drive=changer-python")
    return arguments + [f"-q={option}" for option in (*QEMU_OPTIONS, *disk)]


def check_path(path: Path) -> None:
    # The kernel's command line knows no quoting, and QEMU's options end at a comma.
    if any(character.isspace() or character == "," for character in str(path)):
        raise GuestError(f"{path}: a guest cannot start from a path with a blank or a comma")


def pump(source: int, target: int) -> None:
    """Pass bytes on as they come, to the end; what has no reader any more is dropped."""
    while data := os.read(source, 65536):
        with contextlib.suppress(BrokenPipeError):
            while data:
                data = data[os.write(target, data) :]


def stop(process: subprocess.Popen[bytes]) -> None:
    """End QEMU and everything around it; they share one process group of their own."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_for_guest(process: subprocess.Popen[bytes], status: Path, timeout: float) -> bool:
    """False if the time limit was reached."""
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        # A guest that has said its status and then hangs while it powers off has done its work.
        return status.exists()
    return True


@contextlib.contextmanager
def stderr_pipe(run: Path) -> Iterator[tuple[int, Callable[[], None]]]:
    """The named pipe that QEMU writes the command's standard error to.

    Yields its reading end, and what ends it: the writing end is held open until then, so that
    reading meets no end of file before QEMU opens it.
    """
    path = run / STDERR_PIPE
    os.mkfifo(path)
    reading = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # would wait for a writer otherwise
    writing = os.open(path, os.O_WRONLY)
    os.set_blocking(reading, True)
    try:
        yield reading, lambda: os.close(writing)
    finally:
        os.close(reading)


def run_command(arguments: list[str], run: Path, timeout: float) -> int:
    sys.stdout.flush()
    with (
        stderr_pipe(run) as (stderr, end_stderr),
        (run / CONSOLE_LOG).open("wb") as console,
        # Pipes, because QEMU opens standard output anew: a file would be truncated.
        subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        ) as process,
    ):
        assert process.stdout is not None and process.stderr is not None
        streams = (
            (process.stdout.fileno(), sys.stdout.fileno()),
            (process.stderr.fileno(), console.fileno()),
            (stderr, sys.stderr.fileno()),
        )
        pumps = [threading.Thread(target=pump, args=stream) for stream in streams]
        for thread in pumps:
            thread.start()
        try:
            in_time = wait_for_guest(process, run / "status", timeout)
        finally:
            stop(process)
            end_stderr()
            for thread in pumps:
                thread.join()
    if not in_time:
        report(run, f"the guest was stopped at its time limit of {timeout:g} seconds")
        return TIMED_OUT
    return read_status(run)


def read_status(run: Path) -> int:
    try:
        return int((run / "status").read_text())
    except (FileNotFoundError, ValueError):
        report(run, "the guest ended without saying how its command ended")
        return GUEST_FAILED


def report(run: Path, message: str) -> None:
    console = run / CONSOLE_LOG
    if console.exists():
        lines = console.read_text(errors="replace").splitlines()[-CONSOLE_LINES:]
        print("guest: the end of its console:", *lines, sep="\n    ", file=sys.stderr)
    print(f"guest: {message}", file=sys.stderr, flush=True)


def launch(arguments: argparse.Namespace) -> int:
    check_path(REPOSITORY)
    kernel = find_environment("kernel")
    check_path(kernel)
    peers = find_environment("peers")
    RESULTS.mkdir(parents=True, exist_ok=True)
    run = Path(tempfile.mkdtemp(prefix="run.", dir=RESULTS))
    try:
        write_settings(run, kernel, peers, arguments)
        argv = guest_arguments(
            kernel, run, processors=arguments.processors, interactive=arguments.shell
        )
        if not arguments.shell:
            return run_command(argv, run, arguments.timeout)
        subprocess.run(argv, check=False)
        return read_status(run)
    finally:
        if (run / CONSOLE_LOG).exists():
            (run / CONSOLE_LOG).replace(RESULTS / CONSOLE_LOG)
        shutil.rmtree(run, ignore_errors=True)


def end_by_signal(number: int, frame: FrameType | None) -> None:
    """Unwind, so that no QEMU is left behind."""
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
