"""The program: reads the command line, runs the command, and is the only place that exits."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence

from changer.cli.application import Application
from changer.cli.output import complain, write
from changer.cli.parser import build_parser, parse_command_line
from changer.cli.progress import Progress
from changer.errors import EXIT_INTERRUPTED, ChangerError, OutputFailed, UsageError

__all__ = ["entry_point", "main"]

EXIT_BROKEN_PIPE = 141


class _Terminated(KeyboardInterrupt):
    """SIGTERM or SIGHUP: as Ctrl-C, a motion under way is looked after before the end."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.exit_status = 128 + number


def entry_point() -> None:
    """Run as a program."""
    _fill_closed_streams()
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # nohup ignores SIGHUP
            signal.signal(number, _terminate)
    sys.exit(main(sys.argv[1:]))


def _terminate(number: int, _frame: object) -> None:
    raise _Terminated(number)


def _fill_closed_streams() -> None:
    """Who started us may have closed some (``2>&-``): no file of ours may become one of them."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number, which is this one
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115 - for as long as we run


def main(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit status."""
    try:
        return _run_reporting(arguments)
    except BrokenPipeError:
        # The reader of our output is gone (changer status | head); nobody is left to tell.
        _discard_output()
        return EXIT_BROKEN_PIPE
    except _Terminated as terminated:
        complain("changer: terminated")
        return terminated.exit_status
    except KeyboardInterrupt:
        complain("changer: interrupted")
        return EXIT_INTERRUPTED


def _run_reporting(arguments: Sequence[str]) -> int:
    json = "--json" in arguments
    try:
        if not arguments or arguments[0] in ("-h", "--help", "help"):
            return _help(arguments)
        entry, options, namespace = parse_command_line(arguments)
        if namespace.version:
            return _version()
        if entry is None:
            raise UsageError("no command", hint="changer --help lists the commands")
        with Progress(verbose=options.verbose > 0) as progress:
            application = Application(options, tuple(arguments), progress)
            return entry.load().run(application, namespace)
    except ChangerError as error:
        if isinstance(error, OutputFailed):
            _discard_output()
        return _report(error, json=json)


def _help(arguments: Sequence[str]) -> int:
    build_parser([]).print_help()
    return 0 if arguments else UsageError.exit_status


def _version() -> int:
    from importlib.metadata import version

    write(f"changer {version('changer')}\n")
    return 0


def _report(error: ChangerError, *, json: bool) -> int:
    """Print an error: what, where and next; with its sense data where a device gave some."""
    if json:
        complain(_as_json(error))
    else:
        complain(f"changer: {error.message}")
        if error.hint:
            complain(f"  {error.hint}")
    return error.exit_status


def _as_json(error: ChangerError) -> str:
    import json

    content = {
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "sense": error.sense.hex() if error.sense else None,
        "ntms": {"name": error.ntms.name, "code": error.ntms.code} if error.ntms else None,
    }
    return json.dumps({"error": content})


def _discard_output() -> None:
    """Keep the interpreter from failing once more on what is left in the buffer."""
    try:
        descriptor = sys.stdout.fileno()
    except (AttributeError, OSError, ValueError):  # closed, or no file at all
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
