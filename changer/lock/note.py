"""Note beside the locks: what was said last, and when, where no store can keep that."""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import suppress

from changer.errors import ChangerError
from changer.lock.flock import LibraryLock, close_file

_LONGEST = 4096


def is_news(lock: LibraryLock, text: str, *, now: float, again_seconds: float) -> bool:
    """Whether a text was not noted in a lock's file within that time; it is noted now.

    ``lock``: one that is never taken. Where nothing can be noted, everything is news.
    """
    try:
        descriptor = lock.open_file()
    except ChangerError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)  # for as long as it takes to read and write a line
        if _is_noted(os.pread(descriptor, _LONGEST, 0), text, now, again_seconds):
            return False
        line = json.dumps({"text": text, "at": now}).encode()
        os.ftruncate(descriptor, os.pwrite(descriptor, line[:_LONGEST], 0))
    except OSError:
        return True
    finally:
        close_file(descriptor)
    return True


def _is_noted(line: bytes, text: str, now: float, again_seconds: float) -> bool:
    with suppress(ValueError, TypeError, LookupError, RecursionError):
        note = json.loads(line)
        return bool(note["text"] == text and abs(now - float(note["at"])) < again_seconds)
    return False
