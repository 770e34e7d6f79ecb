"""``changer list``: the libraries of this host."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from changer.cli.application import Application
from changer.cli.output import columns
from changer.cli.parser import Command, Parser

if TYPE_CHECKING:
    from changer.library.discovery import ScsiDevice


_HEADER = ("ID", "DEVICE", "VENDOR", "PRODUCT", "SERIAL", "LINK")


def _configure_list(parser: Parser) -> None:
    parser.epilog = (
        "Asks udev and the kernel, and sends no SCSI command.\nVirtual libraries: changer sim list."
    )


def _list(application: Application, arguments: Namespace) -> int:  # noqa: ARG001
    from changer.library.discovery import find_changers, udev_trouble

    changers = find_changers()
    if (trouble := udev_trouble()) is not None:
        application.warn(trouble)
    elsewhere = _elsewhere(application)
    settings = application.configuration.settings
    aliases = [settings(each.identity.id, each.identity.model_id).alias for each in changers]
    application.output.print_json(
        "list",
        {
            "libraries": [
                {**_changer_json(each), "alias": alias}
                for each, alias in zip(changers, aliases, strict=True)
            ],
            "elsewhere": [
                {"id": name, "alias": settings(name).alias, "manager": owner}
                for name, owner in elsewhere
            ],
        },
    )
    for name, owner in elsewhere:
        alias = settings(name).alias
        also = f" ({alias})" if alias else ""
        application.output.print(f"{name}{also} is managed by another host: {owner}")
    if changers:
        rows = [_HEADER, *(_changer_row(each) for each in changers)]
        if any(aliases):  # behind all others, whose places programs may count
            rows = [
                (*row, alias or "-") for row, alias in zip(rows, ("ALIAS", *aliases), strict=True)
            ]
        application.output.print(columns(rows, indent=0))
    elif not elsewhere:
        application.output.print(
            "No medium changer on this host.\n"
            "lsscsi -g shows what the kernel sees; changer sim list the virtual libraries."
        )
    return 0


def _elsewhere(application: Application) -> list[tuple[str, str]]:
    """Libraries of other hosts, as the settings name them, each with its owner."""
    tables = application.configuration.libraries
    return [(name, str(each.manager)) for name, each in tables.items() if each.manager is not None]


def _changer_row(changer: ScsiDevice) -> tuple[str, ...]:
    identity = changer.identity
    return (
        identity.id,
        str(changer.device),
        identity.vendor,
        identity.product,
        identity.serial or "-",
        str(changer.by_id or "-"),
    )


def _changer_json(changer: ScsiDevice) -> dict[str, Any]:
    identity = changer.identity
    return {
        "id": identity.id,
        "device": str(changer.device),
        "serial": identity.serial,
        "vendor": identity.vendor,
        "product": identity.product,
        "revision": identity.revision,
        "by_id": str(changer.by_id) if changer.by_id else None,
    }


COMMANDS = {
    "list": Command(
        _configure_list,
        _list,
        examples=(
            ("list", "list the libraries of this host"),
            ("list --json", "the same for a program"),
            ("list -v", "report each step as well"),
        ),
    )
}
