"""A virtual library as hosts have it that share a store: with a grant at each lock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Self

from changer.library.library import Library
from changer.library.settings import LibrarySettings
from changer.store.sharing import Grant, Lock
from changer.transport.dry_run import DryRun
from changer.values import replace as with_values

from .virtual_library import VirtualLibrary, Wire


@dataclass
class Shared:
    """The coordination of one host, with a grant at each lock as if others had part in it.

    ``others``: the ports that other hosts noted. ``noted``: those that this one did, one by one.
    """

    inner: Any
    grant: Grant | None
    others: Mapping[str, str] = field(default_factory=dict)
    changes: list[str] = field(default_factory=list)
    noted: list[str | None] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def lock(self, library_id: str, **options: Any) -> Lock:
        return Granted(self.inner.lock(library_id, **options), self)

    def note_change(self, library_id: str) -> None:
        self.changes.append(library_id)

    def ports(self, _library_id: str, *, own: str | None = None) -> Mapping[str, str]:
        self.noted.append(own)
        return self.others


@dataclass
class Granted:
    inner: Any
    shared: Shared

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def __enter__(self) -> Self:
        self.inner.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self.inner.__exit__(*exception)

    @property
    def grant(self) -> Grant | None:
        return self.shared.grant

    def raise_epoch(self, epoch: int) -> None:
        assert self.shared.grant is not None
        self.shared.grant = self.shared.grant._replace(epoch=epoch)


@contextmanager
def shared(
    demo: VirtualLibrary,
    grant: Grant | None,
    *,
    after: Callable[[bytes], None] = lambda _: None,
    settings: LibrarySettings | None = None,
    dry_run: DryRun | None = None,
) -> Iterator[tuple[Library, Shared, list[bytes]]]:
    """The library, open, as hosts share it, and what is sent to it. ``after``: of each command."""
    sent: list[bytes] = []

    def sent_now(_number: int, cdb: bytes) -> None:
        sent.append(cdb)
        after(cdb)

    wire = partial(Wire, after=sent_now)
    with demo.open(wire=wire, settings=settings, dry_run=dry_run) as library:
        coordination = Shared(library.context.coordination, grant)
        library.context = with_values(library.context, coordination=coordination)
        yield library, coordination, sent
