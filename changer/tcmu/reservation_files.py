"""Files in which the target core keeps persistent reservations (APTPL), one for each unit.

It writes one at every registration, also without APTPL, and refuses the registration when it can't:
the folder has to be there (Linux, drivers/target/target_core_pr.c).
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from changer.tcmu.kernel_modules import CONFIGFS

_CHOSEN = CONFIGFS / "target/dbroot"
_DEFAULT = Path("/var/target")


def make_folder() -> None:
    """Make the folder where there is none. Raises OSError."""
    _folder().mkdir(mode=0o700, parents=True, exist_ok=True)


def remove_file(serial: str) -> None:
    """Remove the file of a unit that is gone, and the kernel's own folder with the last one.

    ``serial``: what the target core knows of the unit as its unit serial number.
    """
    folder = _folder()
    (folder / f"aptpl_{serial}").unlink(missing_ok=True)
    if folder.parent == _DEFAULT:  # any other one is an administrator's
        with suppress(OSError):
            folder.rmdir()
            _DEFAULT.rmdir()


def _folder() -> Path:
    try:
        return Path(_CHOSEN.read_text().strip()) / "pr"
    except FileNotFoundError:  # before Linux 4.9
        return _DEFAULT / "pr"
