"""``changer serve``: libraries for browsers, scrapers and programs, to look at only."""

from __future__ import annotations

from argparse import ArgumentTypeError, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from changer.cli.application import Application
from changer.cli.interval import add_interval
from changer.cli.parser import Command, Parser, file_name
from changer.errors import UsageError

if TYPE_CHECKING:
    from changer.overview.watched import Watched
    from changer.web.listening import Address, Listening
    from changer.web.serving import Place

_PORT = 8410  # changer.web.listening says why


def _configure(parser: Parser) -> None:
    add = parser.add_argument
    add(
        "--listen",
        metavar="HOST:PORT",
        type=_address,
        help=f"the address to listen on (default: 127.0.0.1:{_PORT}, for this host alone)",
    )
    add(
        "--socket",
        metavar="PATH",
        type=file_name,
        help="listen at a socket in the file system, for a reverse proxy or ssh -L",
    )
    add("--group", metavar="GROUP", help="the group that may use the socket")
    add(
        "--token-file",
        metavar="FILE",
        type=file_name,
        help="a file of tokens, one of which is needed to look; required for other hosts",
    )
    add(
        "--allow-host",
        metavar="HOST",
        action="append",
        default=[],
        help="a name by which browsers may ask, such as that of a reverse proxy",
    )
    add_interval(parser)
    parser.epilog = (
        "Shows every library of this host, or the one of --library: as a page, as the documents\n"
        "of --json (/api/v1/), as metrics for Prometheus (/metrics), and as events (/events).\n"
        "A library is read as often however many look, and nothing can be done to it this way.\n"
        "Ctrl-C ends it (130); SIGHUP reads the tokens again."
    )


def _address(text: str) -> Address:
    from changer.web.listening import parse_address

    try:
        return parse_address(text)
    except UsageError as error:
        hint = f" ({error.hint})" if error.hint else ""
        raise ArgumentTypeError(f"{error.message}{hint}") from None


def _run(application: Application, arguments: Namespace) -> int:
    place = _place(arguments)
    from changer.web.serving import require_server, serve

    require_server()
    watched = _watched(application)

    def ready(listening: Listening) -> None:
        application.progress.rest()
        names = ", ".join(each.id for each in watched)
        application.progress.say(f"showing {names} at {listening.where}; Ctrl-C ends it")

    number = serve(
        watched,
        place,
        interval_seconds=arguments.interval,
        clock=application.request().clock,
        say=application.warn,
        ready=ready,
    )
    return 128 + number


def _place(arguments: Namespace) -> Place:
    """Where the options say to listen. Raises UsageError."""
    from changer.web.admission import host_name
    from changer.web.listening import HOST, PORT, Address
    from changer.web.serving import Place

    path: Path | None = arguments.socket
    if path is not None and arguments.listen is not None:
        raise UsageError("--listen and --socket exclude each other", hint="choose one of them")
    if path is None and arguments.group is not None:
        raise UsageError("--group is for --socket", hint="an address has no group")
    names = [host_name(each) for each in arguments.allow_host]
    for given, name in zip(arguments.allow_host, names, strict=True):
        if name is None:
            raise UsageError(f"{given!r} is not the name of a host", hint="such as tapes.example")
    return Place(
        address=arguments.listen or Address(HOST, PORT),
        path=path,
        group=arguments.group,
        token_file=arguments.token_file,
        names=frozenset(each for each in names if each is not None),
    )


def _watched(application: Application) -> tuple[Watched, ...]:
    """The libraries to show: the one that is named, else all. Raises NoLibrary, and others."""
    from changer.overview.libraries import find_all_watched

    request = application.request()
    application.progress.step("looking for libraries")
    with request.coordination.open_store("read") as store:
        return find_all_watched(request, store)


COMMANDS = {
    "serve": Command(
        _configure,
        _run,
        examples=(
            ("serve", "show all libraries at http://127.0.0.1:8410/"),
            ("-l sim:demo serve", "show a virtual library"),
            (
                "serve --socket /run/changer-serve/http --group www-data",
                "the same for a reverse proxy of this host",
            ),
        ),
    )
}
