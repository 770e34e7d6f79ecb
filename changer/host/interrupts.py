"""Keeps Ctrl-C for later, where it would come between two steps that belong together."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["interrupts_allowed", "interrupts_held"]


@contextmanager
def interrupts_held(*signals: signal.Signals) -> Iterator[None]:
    """Block these signals for the calling thread; what came meanwhile comes at the end."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def interrupts_allowed(*signals: signal.Signals) -> Iterator[None]:
    """Inside ``interrupts_held``: let these signals come for a while, those of before at once."""
    before = signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
