"""Cases of a row of the sense table, and the error that each has to end with.

None stands for success. A passing fault is survived; a lasting one ends in the error of its row.
Once the cartridge may have moved, the only question is where it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from changer.errors import (
    CartridgeMisplaced,
    ChangerError,
    CommandTimedOut,
    DriveNotReady,
    ElementNotPresent,
    HostError,
    MoveFailed,
    NotReady,
    OutcomeUnknown,
    SlotNotPresent,
    SlotUnknown,
    TransportFailed,
)
from changer.smc.command import Reply, Status

from .bench import Bench, Conduct, Exchange, Kind, Lasting, Strike
from .functions import Function
from .sense_table import IN_DOUBT, Asks, Form, Row, reply_of

Answer = type[ChangerError] | None
_EVERY_TYPE, _STORAGE = 0, 2
_NO_MEDIUM = 0x3A  # the drive may not have noticed it yet
_OF_VENDORS = 0x80  # a code of the library's maker, which the drive's need not know
# Errors of a command that had no reply, which no row of the table is about.
_LOST = (CommandTimedOut, TransportFailed, HostError)
_ASKED_AGAIN = (*(Asks.SHORT_RETRY, Asks.WAIT, Asks.RETRY_READS, Asks.READS_WAIT), Asks.READ_AGAIN)


# An unload reads mode page 1Dh, the drive, and its cartridge's home.
_HOME_READ = 3


@dataclass(frozen=True)
class Case:
    """One fault at one command. ``moved``: the motion was made before it, and answered GOOD.

    ``locked``: the command is sent under the library's lock. ``last``: no other follows it.
    ``element_type``: of the elements that it reads, as READ ELEMENT STATUS has it.
    """

    function: Function
    row: Row
    form: Form
    kind: Kind
    moved: bool
    locked: bool
    last: bool
    element_type: int
    strike: Strike

    @property
    def once(self) -> bool:
        return self.strike.lasting is Lasting.ONCE

    @property
    def one_element(self) -> bool:
        """A release reads one slot, and all drives and pickers; a status everything."""
        if self.function.releases:
            return self.element_type == _STORAGE
        return self.function.moves


def asked(case: Case) -> Answer:
    """The error that it is to end with, or None."""
    answer = _of_move(case) if case.kind is Kind.MOVE else _of_reading(case)
    return case.function.refusal if answer is None else answer


def _of_move(case: Case) -> Answer:
    in_doubt = case.form.deferred or case.row.asks in IN_DOUBT
    if case.row.asks is Asks.NOTHING and not case.form.deferred:
        return None
    if issubclass(case.row.error, HostError):  # it was not sent
        return case.row.error
    if case.strike.lasting is Lasting.ALL:  # the look for the cartridge meets it, too
        return OutcomeUnknown
    if case.row.error is CommandTimedOut:  # its end was not seen, and is not waited for again
        return None if case.strike.conduct is Conduct.EXECUTED else OutcomeUnknown
    if in_doubt:
        return {
            Conduct.NOT_EXECUTED: MoveFailed,
            Conduct.EXECUTED: None,
            Conduct.IN_TRANSPORT: CartridgeMisplaced,
        }[case.strike.conduct]
    if case.row.asks is Asks.REFRESH_GEOMETRY:  # it may be the transport: it is named the next time
        return None if case.once else case.row.error
    if case.row.asks in (Asks.FAIL, Asks.FEATURE_OFF):
        return case.row.error
    return None if case.once else NotReady


def _of_reading(case: Case) -> Answer:
    told = case.row.key != 0 or not issubclass(case.row.error, _LOST)
    if case.kind is Kind.DRIVE_SERIAL:
        return None if told else case.row.error  # a drive need not report a serial number
    passes, error = _of_command(case)
    by_key = case.row.asks is Asks.READ_AGAIN  # a unit attention, whatever the code
    of_library = case.kind is Kind.DRIVE and case.row.ascq >= _OF_VENDORS and not by_key
    if passes and not (of_library and not case.form.deferred):
        return None
    if case.kind is Kind.ELEMENTS and case.moved:
        return None if case.once else OutcomeUnknown
    if case.kind is Kind.DRIVE:
        if case.row.asc == _NO_MEDIUM:
            return None if case.once else DriveNotReady
        return DriveNotReady if told else error
    return error


def _of_command(case: Case) -> tuple[bool, type[ChangerError]]:
    """Whether the command comes through in the end, and the error that it ends with if not."""
    row, asks = case.row, case.row.asks
    if case.form.deferred and case.once:
        return True, row.error  # not executed, whatever it says of an earlier one: sent again
    if asks is Asks.NOTHING:
        return not case.form.deferred, row.error
    if asks in _ASKED_AGAIN:
        return case.once, row.error
    if asks is Asks.INVENTORY:
        # It moves the robot, and means something else to a drive.
        return case.once and case.locked and case.kind is not Kind.DRIVE, row.error
    if asks is Asks.FEATURE_OFF:
        return _of_feature(case), row.error
    if asks is Asks.REFRESH_GEOMETRY:
        return _of_address(case)
    return False, row.error


def _of_feature(case: Case) -> bool:
    """Whether it succeeds without the feature: by another command, or with less data."""
    if case.kind in (Kind.CAPABILITIES, Kind.IDENTIFIERS):
        return case.strike.lasting is not Lasting.ALL or case.last
    if case.kind is Kind.ELEMENTS:
        # Where one element can't be read, all of its type may be; type 0 is asked for twice.
        return case.once and (
            case.row.asc == 0x24 or case.one_element or case.element_type == _EVERY_TYPE
        )
    return case.kind is Kind.GEOMETRY and case.once


def _of_address(case: Case) -> tuple[bool, type[ChangerError]]:
    """A library may leave elements out of its report: then they are not there."""
    if case.kind is Kind.IDENTIFIERS:
        return case.strike.lasting is not Lasting.ALL or case.last, case.row.error
    if case.kind is Kind.ELEMENTS:
        if case.function.releases:
            if case.strike.lasting is Lasting.ALL and case.last and case.one_element:
                return False, case.row.error  # read again, it fails at the first command
            return case.once, SlotNotPresent if case.one_element else SlotUnknown
        if case.function.name == "unload" and case.strike.position == _HOME_READ:
            # Then mode page 1Fh is asked for, which can't be read for that reason either.
            lost = case.strike.lasting is Lasting.ALL
            return case.once, case.row.error if lost else ElementNotPresent
        return case.once or case.function.name == "status", ElementNotPresent
    return False, case.row.error


# Descriptor format says the same: see test_descriptor_format_says_what_fixed_format_says.
FORMS = (
    (Form.FIXED, Lasting.ONCE),
    (Form.DEFERRED, Lasting.ONCE),
    (Form.FIXED, Lasting.EACH),
    (Form.DEFERRED, Lasting.EACH),
    (Form.FIXED, Lasting.ALL),
)


def sequence(bench: Bench, function: Function) -> list[Exchange]:
    """The commands that the function sends when nothing goes wrong."""
    bench.begin_again()
    function.run(bench.open())
    return list(bench.wire)


def cases(
    commands: list[Exchange],
    function: Function,
    row: Row,
    forms: Iterable[tuple[Form, Lasting]] = FORMS,
    *,
    end: Callable[[Row, Form], Reply | ChangerError] = reply_of,
) -> Iterator[Case]:
    """A row at every command, in these formats, as long; with all that the device may have done.

    ``end``: what comes back instead of what the row says.
    """
    moves = [number for number, each in enumerate(commands, 1) if each.kind is Kind.MOVE]
    for position, command in enumerate(commands, 1):
        for form, lasting in forms:
            if form is not Form.FIXED and row.status != Status.CHECK_CONDITION:
                continue
            if command.kind is Kind.DRIVE_SERIAL and lasting is Lasting.ALL:
                continue  # as from the next command on
            in_doubt = form.deferred or row.asks in IN_DOUBT
            for conduct in _conducts(row, form, command.kind):
                yield Case(
                    function=function,
                    row=row,
                    form=form,
                    kind=command.kind,
                    moved=bool(moves) and position > moves[0],
                    locked=command.locked,
                    last=position == len(commands),
                    element_type=command.cdb[1] & 0x0F,
                    strike=Strike(position, end(row, form), lasting, conduct, in_doubt=in_doubt),
                )


def _conducts(row: Row, form: Form, kind: Kind) -> list[Conduct]:
    """What the device may have done: all three, where the row leaves that open."""
    if row.asks is Asks.NOTHING and not form.deferred:
        return [Conduct.EXECUTED]
    in_doubt = form.deferred or row.asks in IN_DOUBT
    return list(Conduct) if kind is Kind.MOVE and in_doubt else [Conduct.NOT_EXECUTED]
