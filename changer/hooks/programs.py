"""The hooks' entry points; they import nothing before Ctrl-C can do no harm."""

from __future__ import annotations

from changer.cli.programs import start


def changer_mtx() -> None:
    """Run ``changer-mtx``."""
    start("changer.hooks.mtx.program", "run")


def changer_autochanger() -> None:
    """Run ``changer-autochanger``."""
    start("changer.hooks.autochanger.program", "run")
