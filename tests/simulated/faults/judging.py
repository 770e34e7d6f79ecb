"""Invariants of every case: violations fail the test, cases are counted as figures."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable

from figures import FIGURES
from on_record import primary_reservation
from sweeps import spread

from changer.cleaning.recover import recover
from changer.errors import CartridgeMisplaced, ChangerError, MoveFailed, OutcomeUnknown
from changer.journal.open_moves import RecoveryOptions
from changer.library.library import Library
from changer.smc.command import Reply, Status
from changer.smc.elements import AdditionalSense
from changer.smc.sense import parse_sense
from changer.store.records import Move

from .bench import RESERVED, Bench, Kind, Strike
from .cases import Answer, Case, asked
from .functions import Function
from .sense_table import Asks

# Of the cases of a row, at one command and the next ones.
_ONE_IN = 10
_OUTCOMES: dict[type[ChangerError], str] = {
    MoveFailed: "not-executed",
    CartridgeMisplaced: "unknown",  # in the picker, which keeps its record open
    OutcomeUnknown: "unknown",
}


def run(bench: Bench, function: Function, *, tags_after: bool = True) -> ChangerError | None:
    """Run the function on the bench and check what it left; its error, or None.

    ``tags_after``: false where the model was seen to refuse volume tags, which is remembered.
    Raises AssertionError, and whatever the function raises that is no ChangerError.
    """
    before = bench.places
    error = function.run(bench.open())
    FIGURES.fault_case(function.name, error.code if error else "done")
    if error is not None:
        assert error.message and error.message.isprintable(), repr(error.message)
    _see_motions(bench)
    bench.end_fault()
    FIGURES.cartridges(before=before.values(), now=bench.places.values())
    library = bench.open()
    if not tags_after:
        library.memory.forget()
    _see_status(bench, library)
    _see_journal(bench, library, function, error)
    _see_reservation(library, function, error)
    return error


def assert_ends(
    bench: Bench,
    function: Function,
    tried: Iterable[tuple[tuple[Strike, ...], Answer]],
    *,
    then: Callable[[], object] = lambda: None,
    tags_after: bool = True,
) -> None:
    """Each of these faults, from the beginning; it has to end with that error, or None.

    ``then`` looks further after each. Fails with all that is wrong.
    """
    _assert_each(bench, function, spread(tried, one_in=_ONE_IN), then, tags_after=tags_after)


def assert_cases(
    bench: Bench, tried: Iterable[Case], *, then: Callable[[], object] = lambda: None
) -> None:
    """The same of cases, which end as the table asks."""
    for case in spread(tried, one_in=_ONE_IN):
        remembered = case.row.asks is Asks.FEATURE_OFF and not case.once
        attempt = ((case.strike,), asked(case))
        _assert_each(bench, case.function, [attempt], then, tags_after=not remembered)


def _assert_each(
    bench: Bench,
    function: Function,
    tried: Iterable[tuple[tuple[Strike, ...], Answer]],
    then: Callable[[], object],
    *,
    tags_after: bool,
) -> None:
    wrong: list[str] = []
    for strikes, wanted in tried:
        bench.begin_again(*strikes)
        try:
            error = run(bench, function, tags_after=tags_after)
            assert (error and type(error)) is wanted, f"{wanted} was asked for: {error!r}"
            then()
        except Exception:
            wrong.append(f"{strikes}: {traceback.format_exc()}")
    assert not wrong, "\n".join(wrong)


def _see_motions(bench: Bench) -> None:
    """One motion; another only where the first was not executed, and everything was read anew."""
    for first, second in zip(bench.moves, bench.moves[1:], strict=False):
        refused, again = bench.wire[first], bench.wire[second]
        is_other = _refuses_address(refused.end) and refused.cdb[2:4] != again.cdb[2:4]
        assert is_other or _not_executed(refused.end), "a move was sent again blindly"
        between = bench.wire[first + 1 : second]
        read = [each for each in between if each.kind is Kind.ELEMENTS and _is_good(each.end)]
        whole = any(not each.cdb[1] & 0x0F for each in read)
        assert whole or len({each.cdb[2:4] for each in read}) >= 2, "a move was sent without a look"


def _is_good(end: Reply | ChangerError) -> bool:
    return isinstance(end, Reply) and end.status == Status.GOOD


def _refuses_address(end: Reply | ChangerError) -> bool:
    """05/21/01, which may mean the transport: with another one it is another command."""
    if not isinstance(end, Reply) or end.status != Status.CHECK_CONDITION:
        return False
    sense = parse_sense(end.sense)
    return (sense.key, sense.additional) == (5, AdditionalSense(0x21, 0x01))


def _not_executed(end: Reply | ChangerError) -> bool:
    """BUSY, TASK SET FULL, not ready, unit attention: the rows that say so of a motion."""
    if not isinstance(end, Reply):
        return False
    if end.status in (Status.BUSY, Status.TASK_SET_FULL):
        return True
    if end.status != Status.CHECK_CONDITION:
        return False
    form = end.sense[:1]
    if end.sense[12:14] == b"\x30\x03" or end.sense[2:4] == b"\x30\x03":
        return True  # a cleaner at work, with whatever key
    key = end.sense[1:2] if form == b"\x72" else end.sense[2:3] if form == b"\x70" else b""
    return any(byte & 0x0F in (0x02, 0x06) for byte in key)


def _see_status(bench: Bench, library: Library) -> None:
    """The library shows every cartridge where it is, by its label."""
    shown = {each.address: each.tag or "" for each in library.read().elements if each.full}
    FIGURES.cartridges(before=bench.places.values(), now=shown.values())
    assert shown == bench.places, "the status shows something else than what is"


def _see_journal(
    bench: Bench, library: Library, function: Function, error: ChangerError | None
) -> None:
    """It says what is true; what is open, recover settles, and the lock is free for it."""
    journal = library.store.moves(library.id)
    assert len(journal) == len(bench.moves), "a move without its record"
    for each in journal:
        assert each.outcome is not None, "a move ended without an outcome"
    if function.moves and error is None:
        assert journal[0].outcome == "completed"
    if error is not None and type(error) in _OUTCOMES:
        assert journal[0].outcome == _OUTCOMES[type(error)]
    _see_newest(bench, journal)
    if library.store.unsettled_moves(library.id):
        recover(library, RecoveryOptions(at_rest=True))  # its faults are over
        assert library.store.unsettled_moves(library.id) == (), "recover left a move open"
        _see_newest(bench, library.store.moves(library.id))
    with library.locked():
        pass


def _see_newest(bench: Bench, journal: tuple[Move, ...]) -> None:
    for each in journal[:1]:
        where = next((at for at, tag in bench.places.items() if tag == each.volume_tag), None)
        said = {
            "completed": each.destination_address,
            "not-executed": each.source_address,
            "misplaced": each.final_address,
            "unknown": where,
        }[str(each.outcome)]
        assert where == said, f"the journal says {each.outcome}, and the cartridge is at {where}"


def _see_reservation(library: Library, function: Function, error: ChangerError | None) -> None:
    """It goes with a release that succeeds, and with nothing else; the history agrees."""
    released = error is None and function.releases
    kept = primary_reservation(library.store, library.id)
    FIGURES.reservation(
        expected=None if released else RESERVED, found=kept.slot_address if kept else None
    )
    if function.releases:
        last = library.store.operations(library.id, limit=1)[0]
        assert (last.kind, last.state) == ("release", "completed" if released else "failed")
