"""The table of faults: what each is called, how it is written, what it does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from changer.errors import SimulatorRefused
from changer.simulator.fault import (
    ELEMENT_FLAGS,
    VALUE_WORDS,
    CleaningFailure,
    ElementOverride,
    Fault,
    Left,
)
from changer.simulator.opcodes import opcode_of
from changer.simulator.sense import Additional, parse_sense
from changer.simulator.words import Words, meant

__all__ = ["FAULTS", "FaultKind", "parse_fault"]

_UNIT_ATTENTION, _HARDWARE_ERROR, _ILLEGAL_REQUEST = 0x06, 0x04, 0x05
_WHEN = "[TIMES|always|alternating] [on COMMAND] [after N] [drive:N]"


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One row: ``arguments`` as the usage shows them, ``help`` in one line."""

    name: str
    arguments: str
    help: str
    read: Callable[[Fault, Words], Fault]


def parse_fault(words: Sequence[str]) -> Fault:
    """The fault that the words of a command line ask for. Raises SimulatorRefused."""
    if not words:
        raise SimulatorRefused("no fault given", hint=f"faults: {', '.join(FAULTS)}")
    kind = FAULTS.get(words[0])
    if kind is None:
        raise SimulatorRefused(
            f"there is no fault {words[0]!r}{meant(words[0], FAULTS)}",
            hint=f"faults: {', '.join(FAULTS)}",
        )
    left = Words(words[1:], f"fault NAME {kind.name} {kind.arguments}".rstrip())
    fault = kind.read(Fault(name=kind.name), left)
    left.end()
    return fault


def _bare(fault: Fault, _words: Words) -> Fault:
    return fault


def _magazine(fault: Fault, words: Words) -> Fault:
    return replace(fault, magazine=words.number("the magazine", least=1))


def _place(fault: Fault, words: Words) -> Fault:
    return replace(fault, place=words.next("the place"))


def _place_that_may_stay(fault: Fault, words: Words) -> Fault:
    fault = _place(fault, words)
    return replace(fault, stays=bool(words) and words.choice("the last word", ["stays"]) == "stays")


def _element(fault: Fault, words: Words) -> Fault:
    fault = _place(fault, words)
    additional = None
    if "/" in (words.peek() or ""):
        sense = parse_sense(words.next("ASC/ASCQ"), key=0)
        additional = Additional(sense.asc, sense.ascq)
    flags: dict[str, bool] = {}
    while words:
        flag, _, value = words.next("a flag").partition("=")
        if flag not in ELEMENT_FLAGS or value not in ("0", "1"):
            choices = ", ".join(f"{name}=0|1" for name in ELEMENT_FLAGS)
            raise words.refusal(f"a flag is one of {choices}")
        flags[ELEMENT_FLAGS[flag]] = value == "1"
    return replace(fault, override=ElementOverride(additional=additional, **flags))


def _door(fault: Fault, words: Words) -> Fault:
    return replace(fault, value=_value(fault, words, "the door"))


def _value(fault: Fault, words: Words, what: str) -> int:
    names = VALUE_WORDS[fault.name]
    return names.index(words.choice(what, names))


def _time_or_commands(fault: Fault, words: Words) -> Fault:
    if (words.peek() or "").isdecimal():
        return replace(fault, times=words.number("the number of commands", least=1))
    return replace(fault, seconds=words.seconds("the time")) if words else fault


def _delay(fault: Fault, words: Words) -> Fault:
    return replace(fault, seconds=words.seconds("the delay"))


def _attention(fault: Fault, words: Words) -> Fault:
    sense = parse_sense(words.next("ASC/ASCQ"), key=_UNIT_ATTENTION)
    return _when(replace(fault, sense=sense), words)


def _sense(fault: Fault, words: Words) -> Fault:
    sense = parse_sense(words.next("KEY/ASC/ASCQ"), key=_ILLEGAL_REQUEST)
    return _when(replace(fault, sense=sense), words)


def _move(fault: Fault, words: Words) -> Fault:
    left = Left(words.choice("where the cartridge is left", [str(left) for left in Left]))
    fault = replace(fault, left=left)
    if "/" in (words.peek() or "") and fault.name == "move-fails":
        fault = replace(fault, sense=parse_sense(words.next("KEY/ASC/ASCQ"), key=_HARDWARE_ERROR))
    return _when(fault, words, units=False)


def _when(fault: Fault, words: Words, *, units: bool = True) -> Fault:
    """How often and when it strikes: once, unless it says more."""
    fault = replace(fault, times=1)
    while words:
        word = words.peek() or ""
        if word.isdecimal():
            fault = replace(fault, times=words.number("TIMES", least=1))
        elif units and word.startswith("drive:"):
            fault = _of_drive(fault, words)
        else:
            fault = _clause(fault, words, units=units)
    return fault


def _clause(fault: Fault, words: Words, *, units: bool) -> Fault:
    choices = ["always", "alternating", "after", "on"] if units else ["always", "after"]
    word = words.choice("when it strikes", choices)
    if word == "after":
        return replace(fault, after=words.number("after", least=1))
    if word == "on":
        return replace(fault, opcode=opcode_of(words.next("the command")))
    return replace(fault, times=None, every=int(word == "alternating"))


def _of_drive(fault: Fault, words: Words) -> Fault:
    word = words.next("the drive")
    number = word.removeprefix("drive:")
    if not number.isdecimal() or len(number) > 3:
        raise words.refusal(f"a drive is written drive:0, not {word!r}")
    return replace(fault, drive=int(number))


def _maybe_drive(fault: Fault, words: Words) -> Fault:
    return _of_drive(fault, words) if words else fault


def _tape_alert(fault: Fault, words: Words) -> Fault:
    return _maybe_drive(replace(fault, value=words.number("FLAG", least=1, most=64)), words)


def _wants_cleaning(fault: Fault, words: Words) -> Fault:
    fault = _of_drive(fault, words)
    return replace(fault, value=_value(fault, words, "how much") if words else 1)


def _cleaning_fails(fault: Fault, words: Words) -> Fault:
    fault = _of_drive(fault, words)
    how = (
        words.choice("how it fails", [str(each) for each in CleaningFailure]) if words else "error"
    )
    return replace(fault, cleaning_failure=CleaningFailure(how))


def _clear(fault: Fault, words: Words) -> Fault:
    return replace(fault, place=words.choice("the fault", FAULTS) if words else None)


_LEFT = "|".join(Left)
_ROWS = (
    FaultKind("magazine-out", "N", "magazine N is pulled, with its cartridges", _magazine),
    FaultKind("magazine-in", "N", "magazine N is put back, with its cartridges", _magazine),
    FaultKind(
        "unit-attention", f"ASC/ASCQ {_WHEN}", "the next command meets a unit attention", _attention
    ),
    FaultKind(
        "becoming-ready",
        "[SECONDSs|COMMANDS]",
        "not ready (02/04/01) for a time such as 30s, or for that many commands",
        _time_or_commands,
    ),
    FaultKind("offline", "", "the library is offline (02/04/12)", _bare),
    FaultKind("online", "", "the library is online again", _bare),
    FaultKind("door", "open|closed", "the door is open: no access to media", _door),
    FaultKind("unreadable", "PLACE", "the bar code label there can't be read", _place),
    FaultKind(
        "occupancy-unknown",
        "PLACE [stays]",
        "the library is wrong about full and empty there (83/03) until an inventory",
        _place_that_may_stay,
    ),
    FaultKind(
        "element",
        "PLACE [ASC/ASCQ] [full=0|1] [access=0|1] [except=0|1] [ed=0|1]",
        "the element status there says this instead of the truth",
        _element,
    ),
    FaultKind(
        "move-fails",
        f"{_LEFT} [KEY/ASC/ASCQ] [TIMES|always] [after N]",
        "the next move fails (04/15/01), and leaves the cartridge there",
        _move,
    ),
    FaultKind(
        "move-hangs",
        f"{_LEFT} [TIMES|always] [after N]",
        "the next move is never answered, and leaves the cartridge there",
        _move,
    ),
    FaultKind("busy", _WHEN, "the next command is answered BUSY", _when),
    FaultKind("task-set-full", _WHEN, "the next command is answered TASK SET FULL", _when),
    FaultKind(
        "reservation-conflict", _WHEN, "the next command is answered RESERVATION CONFLICT", _when
    ),
    FaultKind("sense", f"KEY/ASC/ASCQ {_WHEN}", "the next command fails with this sense", _sense),
    FaultKind("hang", _WHEN, "the next command is never answered", _when),
    FaultKind("no-reply", _WHEN, "the device goes away under the next command", _when),
    FaultKind("robot-delay", "SECONDS", "every motion takes that much longer; 0 ends it", _delay),
    FaultKind("unplugged", "[drive:N]", "the device is missing altogether", _maybe_drive),
    FaultKind("plugged", "[drive:N]", "the device is back", _maybe_drive),
    FaultKind("tape-alert", "FLAG [drive:N]", "a TapeAlert flag is set until read", _tape_alert),
    FaultKind(
        "wants-cleaning",
        "drive:N [requested|required|no]",
        "the drive wants to be cleaned",
        _wants_cleaning,
    ),
    FaultKind(
        "cleaning-fails",
        f"drive:N [{'|'.join(CleaningFailure)}]",
        "the drive's cleaning, under way or the next, fails (03/30/07), is refused, or never ends",
        _cleaning_fails,
    ),
    FaultKind("clear", "[FAULT]", "all faults of that name, or all, never were", _clear),
)

FAULTS: dict[str, FaultKind] = {row.name: row for row in _ROWS}
