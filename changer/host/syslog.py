"""Warnings in the host's log (syslog, the journal), for commands that run unattended."""

from __future__ import annotations

from changer.printable import printable


def log_warning(text: str) -> None:
    """Write a warning as one printable line: a second line would look like another program's."""
    import syslog

    syslog.syslog(syslog.LOG_WARNING, f"changer: {printable(text)}")
