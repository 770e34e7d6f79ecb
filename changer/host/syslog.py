"""Lines in the host's log (the journal, or syslog), for commands that run unattended."""

from __future__ import annotations

from collections.abc import Mapping

from changer.printable import printable

_NAME = "changer"


def log_warning(text: str) -> None:
    """Write a warning as one printable line: a second line would look like another program's."""
    import syslog

    syslog.syslog(syslog.LOG_WARNING, f"{_NAME}: {printable(text)}")


def log_fields(text: str, priority: int, fields: Mapping[str, str]) -> None:
    """Write a line with fields, ``CHANGER_NAME``, to the journal; where it is not, the line alone.

    ``priority``: as syslog(3) has it.
    """
    from changer.host.journald import send_entry

    entry = {
        "MESSAGE": text,
        "PRIORITY": str(priority),
        "SYSLOG_IDENTIFIER": _NAME,
        **{f"CHANGER_{name.upper()}": value for name, value in fields.items()},
    }
    if not send_entry(entry):
        import syslog

        syslog.syslog(priority, f"{_NAME}: {printable(text)}")
