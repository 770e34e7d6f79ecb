"""Names that a report must not show: of this host, its users, and other hosts in the settings."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from changer.doctor.diagnosis import NotTold
from changer.doctor.facts import Facts
from changer.doctor.report import Origin
from changer.host.trust import user_name
from changer.library.opening import Request

_OF_USERS = ("USER", "LOGNAME", "SUDO_USER")


def origin(request: Request, facts: Facts) -> Origin:
    """The names, and texts that may have more of them."""
    texts = (str(request.paths.state), str(request.paths.locks), request.name or "")
    return Origin(tuple(filter(None, _names(request, facts))), texts)


def names_of_host(request: Request) -> Iterator[str]:
    """Those of this host, its user, and other hosts in the settings; some may be empty."""
    yield os.uname().nodename
    yield user_name()
    yield from _of_environment(request.environment)
    configuration = request.configuration
    managers = (configuration.manager, *(each.manager for each in configuration.libraries.values()))
    for manager in managers:
        if manager is not None:
            yield from (manager.host, manager.user or "")


def _names(request: Request, facts: Facts) -> Iterator[str]:
    yield from names_of_host(request)
    if not isinstance(facts.nodes, NotTold):
        for each in facts.nodes:
            yield from (each.owner, each.group)
    if not isinstance(facts.caller, NotTold):
        yield facts.caller.name


def _of_environment(environment: Mapping[str, str]) -> Iterator[str]:
    for name in _OF_USERS:
        yield environment.get(name, "")
    yield environment.get("HOME", "").rstrip("/").rpartition("/")[2]
