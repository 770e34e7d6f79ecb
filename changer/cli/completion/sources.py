"""What completion knows of this host and of the library that is meant, without asking a device.

Labels, places and operations are those of the state store, as readings left them there. A library
is never asked: its robot may be at work, and a TAB would wait for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from changer.cli.completion.wanted import Candidate, Wanted
from changer.transport.opening import SIMULATED
from changer.values import replace

if TYPE_CHECKING:
    from changer.cli.completion.on_record import OnRecord
    from changer.library.opening import Request
    from changer.store.protocol import Store
    from changer.store.records import LibraryRecord

_MOST_OPERATIONS = 1000


class Sources:
    """Words for one command line; inside ``with``. What can't be known is left out.

    ``fits``: whether a word may stand where one is begun.
    """

    def __init__(self, wanted: Wanted, fits: Callable[[str], bool]) -> None:
        self._wanted = wanted
        self._fits = fits
        self._store: Store | None = None

    def __enter__(self) -> Self:
        with suppress(Exception):
            self._store = self._request.coordination.open_store("hint")
        return self

    def __exit__(self, *exception: object) -> None:
        if self._store is not None:
            self._store.close()

    def libraries(self) -> Iterator[Candidate]:
        """Libraries by their aliases; those of this host, on record, and virtual ones."""
        from changer.library.discovery import find_changers

        with suppress(Exception):
            for library_id, settings in self._request.configuration.libraries.items():
                if settings.alias:
                    yield Candidate(settings.alias, library_id)
        with suppress(Exception):
            for found in find_changers():
                identity = found.identity
                yield Candidate(identity.id, f"{identity.vendor} {identity.product}")
        with suppress(Exception):
            for known in self._store.libraries() if self._store is not None else ():
                if not (known.device or "").startswith(SIMULATED):
                    yield Candidate(known.id, f"{known.vendor} {known.product}")
        for each in self.virtual_libraries():
            yield each._replace(word=f"{SIMULATED}{each.word}")

    def virtual_libraries(self) -> Iterator[Candidate]:
        """Virtual libraries, by their names alone."""
        from changer.library.choose import possible_names

        with suppress(Exception):
            folder = replace(self._request, library=SIMULATED).paths.simulated
            for name in possible_names(folder):
                yield Candidate(name, "virtual library")

    def operations_under_way(self) -> Iterator[Candidate]:
        """Operations without an end, by their ids."""
        with suppress(Exception):
            for each in self._store.operations(limit=_MOST_OPERATIONS) if self._store else ():
                if each.finished_at is None:
                    yield Candidate(each.id, f"{each.kind} in {each.library_id}")

    def on_record(self, words: Callable[[OnRecord], Iterator[Candidate]]) -> Iterator[Candidate]:
        """Words of the library that is meant, if the store has a record of it."""
        with suppress(Exception):
            if self._library is not None:
                yield from words(self._library)

    @cached_property
    def _request(self) -> Request:
        """What the options on the line mean, as for the command itself."""
        from changer.library.opening import host_request

        options, given = self._wanted.options, self._wanted.given
        library = options.get("library")
        if self._wanted.path.startswith("sim ") and given:
            library = f"{SIMULATED}{given[0]}"
        state = Path(options["state"]) if "state" in options else None
        return replace(host_request("changer completion"), library=library, state=state)

    @cached_property
    def _library(self) -> OnRecord | None:
        if self._store is None:
            return None
        from changer.cli.completion.on_record import OnRecord

        return OnRecord(self._store, self._record(self._store), self._fits)

    def _record(self, store: Store) -> LibraryRecord:
        """The record of the library that is meant. Raises ChangerError, LookupError."""
        name, records = self._request.name, store.libraries()
        if not self._request.is_simulated:
            from changer.library.choose import find

            request = self._request
            found = find(name, is_whole_id=request.is_whole_id, alias=request.alias)
            if found.identity is not None:
                return next(each for each in records if each.id == found.identity.id)
            name = found.device
        there = [each for each in records if each.device == name]
        return max(there, key=lambda each: each.last_seen_at)
