"""Whether a cleaning cartridge no longer cleans, by what drives reported after cleanings.

A drive that still requests cleaning proves nothing about the cartridge by itself. It takes two
drives, each of which still requested cleaning after one with the same cartridge, which no drive has
been helped by in between. A drive that still requested it after another cartridge, too, and was not
helped since, says something of itself, and of no cartridge: it wants service.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from changer.host.clock import time_of_day
from changer.library.addressing import Numbering
from changer.library.library import Library
from changer.store.records import Operation
from changer.values import NamedTuple, replace

# Label or home slot, and how often a cartridge was told to be new by then; of a label that several
# cartridges bear also the slot: nothing else tells them apart.
CleanerKey = tuple[str | int | None, int, int | None]


class Trial(NamedTuple):
    """One cleaning of a drive that had requested it.

    still_requested  the drive still did when the cleaning was over.
    """

    cleaner: CleanerKey
    drive: str
    still_requested: bool
    operation: Operation


def why_unfit(library: Library, operation_id: str, *, numbering: Numbering) -> str | None:
    """Why the cleaner of a cleaning is not to be used any more; None: it may be.

    Its drive still requests cleaning, which is not on record yet.
    """
    store = library.store
    ended = store.operation(operation_id)
    if ended is None:  # the library was forgotten meanwhile
        return None
    labels = Counter(each.volume_tag for each in store.cleaners(library.id))
    second = find_second_trial(
        trials_of(
            (*store.cleaning_trials(library.id), replace(ended, still_requested=1)),
            shared_labels={each for each, number in labels.items() if each and number > 1},
        )
    )
    if second is None:
        return None
    before, now = second.operation, library.context.clock.now()
    names = [numbering.name_of(each.drive_address or 0) for each in (before, ended)]
    at = time_of_day(before.finished_at or before.started_at, now=now)
    return f"{names[0]} still asked for cleaning after it at {at}, and so does {names[1]} now"


def trials_of(
    operations: Iterable[Operation], *, shared_labels: Collection[str] = ()
) -> tuple[Trial, ...]:
    """The trials on record, in the order of ``operations``, which are cleans and inserts.

    ``shared_labels``: those that several cartridges on record bear.
    """
    news: Counter[str | int | None] = Counter()
    found: list[Trial] = []
    for each in operations:
        name = each.slot_address if each.volume_tag is None else each.volume_tag
        if each.kind == "insert":
            # Without a label any may be another one; else a person said how often it cleans.
            news[name] += each.volume_tag is None or bool(each.cleans_told)
        elif each.still_requested is not None:
            home = each.slot_address if each.volume_tag in shared_labels else None
            drive = each.drive or f"@{each.drive_address}"
            key = (name, news[name], home)
            found.append(Trial(key, drive, bool(each.still_requested), each))
    return tuple(found)


def find_second_trial(trials: Sequence[Trial]) -> Trial | None:
    """The earlier trial that proves, with the last one, that its cleaner is unfit; None: none does.

    ``trials``: oldest first.
    """
    last = trials[-1]
    if not last.still_requested or _says_nothing(last, trials):
        return None
    for each in reversed(trials[:-1]):
        if each.cleaner != last.cleaner:
            continue
        if not each.still_requested:
            return None  # it has cleaned since
        if each.drive != last.drive and not _says_nothing(each, trials):
            return each
    return None


def _says_nothing(trial: Trial, trials: Sequence[Trial]) -> bool:
    """Whether the drive still requested cleaning after another cleaner as well, and still does."""
    of_drive = [each for each in trials if each.drive == trial.drive]
    helped = [at for at, each in enumerate(of_drive) if not each.still_requested]
    since = of_drive[helped[-1] + 1 :] if helped else of_drive
    return trial in since and any(each.cleaner != trial.cleaner for each in since)
