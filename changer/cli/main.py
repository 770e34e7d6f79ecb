"""The program: one command line, run to its exit status."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from changer.cli.output import complain, write
from changer.cli.parser import build_parser, load_command, parse_command_line
from changer.cli.process import exit_status_of, interruption
from changer.errors import ChangerError, UsageError

EXIT_BROKEN_PIPE = 141
_COMPLETE = "__complete"
"""The scripts of the shells begin with it; changer.cli.completion.answer."""
_OWNER = "__owner"
"""What another host runs here, over ssh; changer.cli.owner_side."""


def main(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit status."""
    return reported(lambda: _run(arguments), json="--json" in arguments)


def reported(run: Callable[[], int], *, json: bool) -> int:
    """The exit status of a command, whose errors are printed."""
    try:
        try:
            return run()
        except ChangerError as error:
            return _report(error, json=json)
    except BrokenPipeError:
        # The reader of the output is gone (changer status | head).
        return EXIT_BROKEN_PIPE
    except KeyboardInterrupt as interrupted:
        complain(f"changer: {interruption(interrupted)}")
        return exit_status_of(interrupted)


def _run(arguments: Sequence[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help"):
        return _help(arguments)
    if arguments[0] == _COMPLETE:
        _complete(arguments[1:])
        return 0
    if arguments[0] == _OWNER:
        from changer.cli.owner_side import run_for_client

        return run_for_client()
    entry, options, namespace = parse_command_line(arguments)
    if namespace.version:
        return _version()
    if entry is None:
        raise UsageError("COMMAND is missing", hint="changer --help lists the commands")
    from changer.cli.application import Application, Progress

    with Progress(verbose=options.verbose > 0) as progress:
        application = Application(options, tuple(arguments), progress)
        owned = application.owned_elsewhere(entry, namespace)
        if owned is not None:
            from changer.cli.owned import run_at_owner

            return run_at_owner(application, owned, entry, namespace)
        try:
            return load_command(entry).run(application, namespace)
        except ChangerError as error:
            application.add_aliases(error)
            raise


def _complete(arguments: Sequence[str]) -> None:
    """Answer a TAB; whatever fails, nothing is offered, and nothing is said."""
    with suppress(Exception):
        from changer.cli.completion.answer import answer

        write(answer(arguments))


def _help(arguments: Sequence[str]) -> int:
    build_parser([]).print_help()
    return 0 if arguments else UsageError.exit_status


def _version() -> int:
    from importlib.metadata import version

    write(f"changer {version('changer')}\n")
    return 0


def _report(error: ChangerError, *, json: bool) -> int:
    """Print an error, and return its exit status; --json adds sense data and the RSM result."""
    if json:
        complain(_as_json(error))
    else:
        first, *more = error.lines
        for line in (f"changer: {first}", *more):
            complain(line)
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
