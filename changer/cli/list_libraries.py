"""``changer list``: the libraries of this host."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from changer.cli.application import Application
from changer.cli.output import columns
from changer.cli.parser import Command, Parser
from changer.library.discovery import ScsiDevice, find_changers

__all__ = ["COMMANDS"]


def _configure(parser: Parser) -> None:
    parser.epilog = (
        "Asks udev and the kernel, and sends no SCSI command.\nVirtual libraries: changer sim list."
    )


def _run(application: Application, arguments: Namespace) -> int:  # noqa: ARG001
    changers = find_changers()
    application.output.print_json("list", {"libraries": [_as_json(each) for each in changers]})
    if changers:
        header = ("ID", "DEVICE", "VENDOR", "PRODUCT", "SERIAL", "LINK")
        rows = [header, *(_row(each) for each in changers)]
        application.output.print(columns(rows, indent=0))
    else:
        application.output.print(
            "No medium changer on this host.\n"
            "lsscsi -g shows what the kernel sees; changer sim list the virtual libraries."
        )
    return 0


def _row(changer: ScsiDevice) -> tuple[str, ...]:
    identity = changer.identity
    return (
        identity.id,
        str(changer.device),
        identity.vendor,
        identity.product,
        identity.serial or "-",
        str(changer.by_id or "-"),
    )


def _as_json(changer: ScsiDevice) -> dict[str, Any]:
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


COMMANDS = {"list": Command(_configure, _run)}
