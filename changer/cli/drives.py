"""``changer drives``: every drive of a library, its device on this host, and what it does."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from changer.cli.application import Application
from changer.cli.output import columns, library_json, local_time
from changer.cli.parser import Command, Parser
from changer.host.clock import utc_time
from changer.smc.elements import ElementType
from changer.values import chosen

if TYPE_CHECKING:
    from changer.drives.matching import OtherDevice
    from changer.drives.report import DriveReport, DrivesReport
    from changer.library.addressing import Numbering
    from changer.library.discovery import ScsiDevice

_HEADER = ("DRIVE", "ELEMENT", "STATE", "CARTRIDGE", "FROM", "DEVICE", "SG NODE")
_SHOWN = ("number", "address", "present", "full", "volume_tag", "cleaner", "state")
_REQUESTS = {"requested": "asks for cleaning", "required": "needs cleaning now"}


def _configure(parser: Parser) -> None:
    parser.epilog = (
        "A drive that another program has open is not asked, and TapeAlert flags that are read\n"
        "are kept in the state store: reading clears them in the drive."
    )


def _run(application: Application, arguments: Namespace) -> int:  # noqa: ARG001
    with application.open_library("look") as library:
        application.progress.step(f"reading {library.id}")
        inventory = library.read([ElementType.DATA_TRANSFER])
        from changer.drives.report import report_drives
        from changer.journal.home import Homes

        find_home = Homes(library, inventory).address_of
        report = report_drives(library, inventory, find_home=find_home)
        numbering = inventory.numbering
        application.output.print_json(
            "drives",
            {
                "library": library_json(library),
                "drives": [_drive_json(each, numbering) for each in report.drives],
                "other_devices": [_other_json(each) for each in report.others],
            },
        )
        is_verbose = application.options.verbose > 0
        application.output.print(_as_text(report, numbering, with_rows=is_verbose))
    return 0


def _drive_json(drive: DriveReport, numbering: Numbering) -> dict[str, Any]:
    match, identity = drive.match, drive.match.identity
    return {
        **chosen(drive, *_SHOWN),
        "reason": drive.reason or None,
        "source_slot": _home_number(drive, numbering, ElementType.STORAGE),
        "source_mail": _home_number(drive, numbering, ElementType.IMPORT_EXPORT),
        "serial": identity.serial if identity else None,
        "vendor": drive.vendor,
        "product": drive.product,
        "matched_by": match.matched_by,
        "device": match.opened_as,
        **_path_json(match.paths[0] if match.paths else None),
        "paths": [_path_json(each) for each in match.paths],
        "why_no_device": match.reason or None,
        "hint": match.hint or None,
        "used_by": [{"process_id": each.process_id, "name": each.name} for each in drive.used_by],
        "asked": drive.asked,
        "why_not": drive.why_not_asked,
        "cleaning_request": drive.request,
        "tape_alerts": [_alert_json(drive, each) for each in sorted(drive.alerts)],
        "cleaned_at": utc_time(drive.cleaned_at),
        "cleanings": drive.cleanings,
    }


def _path_json(path: ScsiDevice | None) -> dict[str, Any]:
    return {
        "tape": str(path.tape) if path and path.tape else None,
        "generic": str(path.device) if path else None,
        "by_id": str(path.tape_by_id) if path and path.tape_by_id else None,
    }


def _alert_json(drive: DriveReport, flag: int) -> dict[str, Any]:
    from changer.smc.tape_alert import tape_alert_words

    return {"flag": flag, "text": tape_alert_words(flag), "now": flag in drive.new_alerts}


def _other_json(other: OtherDevice) -> dict[str, Any]:
    identity = other.paths[0].identity
    return {
        **_path_json(other.paths[0]),
        **chosen(identity, "serial", "vendor", "product"),
        "reason": other.reason,
    }


def _home_number(drive: DriveReport, numbering: Numbering, kind: ElementType) -> int | None:
    home = drive.home
    if home is None or numbering.assignment.type_of(home) is not kind:
        return None
    return numbering.number_of(home)


def _as_text(report: DrivesReport, numbering: Numbering, *, with_rows: bool) -> str:
    """A line for each drive, with more about it below; ``with_rows``: what is known of its kind."""
    table = columns([_HEADER, *(_row(each, numbering) for each in report.drives)], indent=0)
    header, *rows = table.splitlines()
    lines = [header]
    for row, drive in zip(rows, report.drives, strict=True):
        lines += [row, *(f"  {note}" for note in _notes(drive))]
        if with_rows:
            lines.append(f"  known: {_known_words(drive)}")
    if report.others and any(each.match.device is None for each in report.drives):
        lines.append("other tape drives of this host:")
        lines += [f"  {_other_words(each)}" for each in report.others]
    return "\n".join(lines)


def _row(drive: DriveReport, numbering: Numbering) -> tuple[str, ...]:
    label = (drive.volume_tag or "no label") if drive.full else "-"
    path = drive.match.paths[0] if drive.match.paths else None
    return (
        str(drive.number),
        str(drive.address),
        drive.state,
        label,
        "-" if drive.home is None else numbering.name_of(drive.home),
        drive.match.opened_as or "-",
        str(path.device) if path else "-",
    )


def _notes(drive: DriveReport) -> Iterator[str]:
    match = drive.match
    if identity := _identity_words(drive):
        yield identity
    if drive.reason:
        yield drive.reason
    elif drive.why_not_asked and not match.reason:
        yield f"not asked: {drive.why_not_asked}"
    if match.reason:
        yield f"no device is known for it: {match.reason}"
        yield match.hint
    yield _cleaning_words(drive)
    if drive.alerts:
        yield f"TapeAlert: {', '.join(_alert_words(drive))}"


def _identity_words(drive: DriveReport) -> str:
    identity, paths = drive.match.identity, drive.match.paths
    words = []
    words.append(f"{drive.vendor or ''} {drive.product or ''}".strip())
    words.append(f"serial {identity.serial}" if identity and identity.serial else "")
    words += [str(paths[0].tape_by_id) if paths and paths[0].tape_by_id else ""]
    others = ", ".join(str(each.tape or each.device) for each in paths[1:])
    words.append(f"also {others}" if others else "")
    return ", ".join(filter(None, words))


def _cleaning_words(drive: DriveReport) -> str:
    cleaned = "no cleaning on record"
    if drive.cleaned_at is not None:
        cleaned = f"cleaned {local_time(drive.cleaned_at)}"
    if drive.request is not None:
        return f"{_REQUESTS[drive.request]}; {cleaned}"
    return f"no cleaning needed; {cleaned}" if drive.asked else cleaned


def _known_words(drive: DriveReport) -> str:
    from changer.library.known_drives import known_drive

    return known_drive(drive.product).line()


def _alert_words(drive: DriveReport) -> Iterator[str]:
    from changer.smc.tape_alert import tape_alert_words

    for flag in sorted(drive.alerts):
        before = "" if flag in drive.new_alerts else ", reported before"
        yield f"{tape_alert_words(flag)} ({flag}{before})"


def _other_words(other: OtherDevice) -> str:
    first = other.paths[0]
    names = [f"{first.tape or first.device}", first.identity.name]
    names.append(f"serial {first.identity.serial}" if first.identity.serial else "")
    return f"{', '.join(filter(None, names))}: {other.reason}"


COMMANDS = {
    "drives": Command(
        _configure,
        _run,
        examples=(
            ("drives", "list the drives with their devices and states"),
            ("drives --json", "the same for a program"),
            ("-l sim:demo drives", "list the drives of a virtual library"),
        ),
    )
}
