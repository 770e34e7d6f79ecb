"""A command that is run for another host, which asked this one as the owner of the library."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from changer.cli.application import Application, Progress
from changer.cli.commands import HERE_ALONE, OF_THIS_HOST
from changer.cli.main import reported
from changer.cli.parser import load_command, parse_command_line
from changer.errors import AmbiguousLibrary, NoLibrary, UsageError
from changer.library.choose import asked_name
from changer.library.owner_choice import refuse_passing_on
from changer.library.settings import load_configuration, paths

if TYPE_CHECKING:
    from pathlib import Path

    from changer.cli.owner_side import Served

_HERE = "it concerns one host alone: log in there"


def run(arguments: Sequence[str], served: Served) -> int:
    """Run one command line, and return its exit status."""
    return reported(lambda: _run(arguments, served), json="--json" in arguments)


def _run(arguments: Sequence[str], served: Served) -> int:
    entry, options, namespace = parse_command_line(arguments)
    if entry is None or entry.name in HERE_ALONE:
        raise UsageError("this command is not run for another host", hint=_HERE)
    if options.state is not None or options.trace is not None:
        raise UsageError("--state and --trace name files, and are not for another host", hint=_HERE)
    if entry.name in OF_THIS_HOST and namespace.all:
        raise UsageError("--all is about this host, and not for another one", hint=_HERE)
    if getattr(namespace, "output", None) is not None:
        raise UsageError("--output names a file, and is not for another host", hint=_HERE)
    file: Path | None = getattr(namespace, "from_file", None)
    if file is not None and str(file) != "-":
        raise UsageError("--from-file is read by the host that asks", hint=_HERE)
    folder = paths(environment=os.environ, simulated=True).simulated
    configuration = load_configuration(os.environ)
    options = options._replace(library=asked_name(served.library, folder, configuration))
    with Progress(verbose=options.verbose > 0) as progress:
        application = Application(
            options, tuple(arguments), progress, client=served.host, _configuration=configuration
        )
        if application.configuration.has_owners:
            refuse_passing_on(application.request().name, application.configuration)
        try:
            return load_command(entry).run(application, namespace)
        except (NoLibrary, AmbiguousLibrary) as error:
            error.add_context(os.uname().nodename)  # whose "this host" is meant
            raise
