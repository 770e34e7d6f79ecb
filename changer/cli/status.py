"""``changer list`` and ``status``: the libraries of this host, and what is where in one."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from changer.cli.application import Application
from changer.cli.output import columns, count, library_json
from changer.cli.parser import Command, Parser
from changer.library.library import Library

if TYPE_CHECKING:
    from changer.library.attention import Finding
    from changer.library.discovery import ScsiDevice
    from changer.library.status import LibraryStatus


def _configure_list(parser: Parser) -> None:
    parser.epilog = (
        "Asks udev and the kernel, and sends no SCSI command.\nVirtual libraries: changer sim list."
    )


def _list(application: Application, arguments: Namespace) -> int:  # noqa: ARG001
    from changer.library.discovery import find_changers, udev_trouble

    changers = find_changers()
    if (trouble := udev_trouble()) is not None:
        application.warn(trouble)
    application.output.print_json("list", {"libraries": [_changer_json(each) for each in changers]})
    if changers:
        header = ("ID", "DEVICE", "VENDOR", "PRODUCT", "SERIAL", "LINK")
        rows = [header, *(_changer_row(each) for each in changers)]
        application.output.print(columns(rows, indent=0))
    else:
        application.output.print(
            "No medium changer on this host.\n"
            "lsscsi -g shows what the kernel sees; changer sim list the virtual libraries."
        )
    return 0


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


def _configure_status(parser: Parser) -> None:
    parser.epilog = (
        "A slot whose magazine is out is shown as not present, never as empty; what the library\n"
        "can't tell is shown as unknown, with its reason."
    )


def _status(application: Application, arguments: Namespace) -> int:  # noqa: ARG001
    with application.open_library("look") as library:
        application.progress.step(f"reading {library.id}")
        inventory = library.read()
        # What only prints is imported while the library is not waited for any more.
        from changer.journal.home import Homes
        from changer.library.attention import find_attention
        from changer.library.attention_facts import store_facts
        from changer.library.columns import as_document
        from changer.library.drive_map import device_finder
        from changer.library.status import library_status

        status = library_status(
            library,
            inventory,
            find_device=device_finder(library),
            find_home=Homes(library, inventory).address_of,
        )
        attention = find_attention(status, store_facts(library), numbering=inventory.numbering)
        application.output.print_json(
            "status",
            {
                "library": library_json(library),
                **as_document(status),
                "attention": as_document(attention),
            },
        )
        application.output.print(_as_text(library, status, attention))
    return 0


def _as_text(library: Library, status: LibraryStatus, attention: Iterable[Finding]) -> str:
    """The library's name, what wants attention, a line for each element, and a summary."""
    from changer.library.columns import text_cells

    identity = library.identity
    serial = f", serial {identity.serial}" if identity.serial else ""
    title = f"{identity.name} {identity.revision}{serial}, {library.device}"
    picker = status.picker if status.picker and status.picker.full is not False else None
    rows = (*status.drives, *status.slots, *status.mail, *((picker,) if picker else ()))
    urgent = [line for each in attention for line in _finding_lines(each)]
    return "\n".join([title, *urgent, columns(map(text_cells, rows)), _summary(status)])


def _finding_lines(finding: Finding) -> list[str]:
    return [f"! {finding.words}", *([f"  {finding.hint}"] if finding.hint else [])]


def _summary(status: LibraryStatus) -> str:
    full = sum(slot.full is True for slot in status.slots)
    empty = sum(slot.full is False for slot in status.slots)
    absent = sum(slot.present is False for slot in status.slots)
    parts = [f"{full} full", f"{empty} empty"]
    if absent:
        parts.append(f"{absent} not present")
    unknown = len(status.slots) - full - empty - absent
    if unknown:
        parts.append(f"{unknown} unknown")
    return f"{count(len(status.slots), 'slot')}: {', '.join(parts)}"


COMMANDS = {
    "list": Command(
        _configure_list,
        _list,
        examples=(
            ("list", "list the libraries of this host"),
            ("list --json", "the same for a program"),
            ("list -v", "report each step as well"),
        ),
    ),
    "status": Command(
        _configure_status,
        _status,
        examples=(
            ("status", "show drives, slots and mail slots"),
            ("status --json", "the same for a program"),
            ("-l sim:demo status", "show the virtual library demo"),
        ),
    ),
}
