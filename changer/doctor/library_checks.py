"""Checks of one library: its mode, reservations, drives, cleaning, and model (pure)."""

from __future__ import annotations

from collections.abc import Iterator

from changer.doctor.diagnosis import Diagnosis, NotTold, not_told
from changer.doctor.facts import Facts, LibraryFacts
from changer.library.known_model import count_text

# Not ready in sequential mode: T10's, that of Dell, Exabyte and BDT, and of Ampex's manual mode.
SEQUENTIAL = ("02/04/19", "02/04/8E")


def reach(_facts: Facts, library: LibraryFacts) -> Iterator[Diagnosis]:
    """The library answers, and not in a mode in which its own panel moves the cartridges."""
    if not library.is_enabled:
        seen = "the settings disable this library (enabled = false): nothing is moved in it"
        advice = "where it is to be used, write enabled = true"
        yield Diagnosis("enabled", "warning", seen, (), advice)
    if library.sense in SEQUENTIAL:
        yield Diagnosis(
            "library-mode",
            "problem",
            f"the library is in sequential mode ({library.sense}): it changes cartridges by "
            "itself, and takes no commands",
            (),
            "set it to random (automatic) mode at its panel or on its web page",
        )
    elif library.error is not None:
        error = library.error
        fixes = () if error.hint else ("changer list", "lsscsi -g")
        yield Diagnosis("library-answers", "problem", error.message, fixes, error.hint)
        seen = "the library has to answer first, to know whether it is in random mode"
        yield Diagnosis("library-mode", "unknown", seen)
    else:
        busy = f"; it is in use: {library.busy_with}" if library.busy_with else ""
        yield Diagnosis("library-answers", "ok", f"it answers at {library.device}{busy}")
        yield Diagnosis("library-mode", "ok", "it takes commands, so it is in random mode")


def reservations(_facts: Facts, library: LibraryFacts) -> Iterator[Diagnosis]:
    """Whether another host has reserved the library for itself."""
    check, found = "reservations", library.reservation
    is_conflict = library.error_code == "reservation-conflict"
    if isinstance(found, NotTold):
        if is_conflict and library.error is not None:
            yield Diagnosis(
                check,
                "problem",
                library.error.message,
                (_command(library, "reservation"),),
                "an older reservation (SPC-2 RESERVE) has no name: it ends with the host that "
                "made it, or when the library is restarted",
            )
        else:
            yield not_told(check, found)
        return
    if found.foreign:
        yield Diagnosis(
            check,
            "problem",
            f"it is reserved by {', '.join(found.held_by) or 'registered hosts'}",
            (f"sg_persist --in --read-full-status {library.device}",),
            "end it where it was made; only if that program is gone for good, take it away: "
            f"sg_persist --out --clear --param-rk=KEY {library.device}",
        )
    elif is_conflict:
        seen = "another host has reserved it by an older command (SPC-2 RESERVE)"
        yield Diagnosis(check, "problem", seen, (f"sg_persist --in --read-keys {library.device}",))
    elif found.registered:
        yield Diagnosis(
            check,
            "warning",
            f"another program is registered for reservations: {', '.join(found.registered)}",
            (f"sg_persist --in --read-full-status {library.device}",),
            "it may reserve the library at any time",
        )
    else:
        held = f"reserved by {', '.join(found.held_by)}" if found.held_by else "not reserved"
        yield Diagnosis(check, "ok", held if found.is_supported else f"{held} (SPC-2 only)")


def unit_attentions(_facts: Facts, library: LibraryFacts) -> Iterator[Diagnosis]:
    """What this look was told first, and no other command will be told again."""
    if not library.attentions:
        return
    kinds = ", ".join(library.attentions)
    seen = f"it reported, to this look alone, that something changed ({kinds})"
    if library.removal_prevented and {"reset", "identity"} & {*library.attentions}:
        yield Diagnosis(
            "unit-attention",
            "warning",
            f"{seen}: people may be able to take media out, which changer lock had prevented",
            (_command(library, "lock"),),
        )
    else:
        yield Diagnosis("unit-attention", "ok", seen)


def drives(_facts: Facts, library: LibraryFacts) -> Iterator[Diagnosis]:
    """Each drive of the library is known as a device of this host, by its serial number."""
    check, found = "drives", library.drives
    if isinstance(found, NotTold):
        yield not_told(check, found)
        return
    there = [each for each in found if each.present is not False]
    unmatched = [each for each in there if each.device is None]
    for each in unmatched:
        yield Diagnosis(
            check,
            "warning",
            f"drive {each.number} is not known as a device of this host: {each.reason}",
            ("lsscsi -g", _command(library, "drives")),
            each.hint or None,
        )
    if unmatched and not isinstance(library.strangers, NotTold):
        for each_device in library.strangers:
            yield Diagnosis(
                check,
                "warning",
                f"{each_device} is a tape drive of this host, and none of this library's as far "
                "as is known",
                (f"sg_vpd --page=0xb4 {each_device.split(' ')[0]}",),
                "it may be the drive above: compare serial numbers at the library's panel",
            )
    if not unmatched:
        seen = "every drive is known as a device of this host" if there else "it has no drive"
        yield Diagnosis(check, "ok", seen)


def cleaning(facts: Facts, library: LibraryFacts) -> Iterator[Diagnosis]:
    """Either the library cleans its drives, or the host does."""
    check, found = "cleaning", library.cleaning
    if isinstance(found, NotTold):
        yield not_told(check, found)
        return
    host_cleans = found.on_the_way != "off" or (found.reserved and found.cleaners)
    if found.signs and found.auto_clean != "library" and host_cleans:
        yield Diagnosis(
            check,
            "problem",
            f"the library cleans its drives by itself ({found.signs[0]}), and this host is set "
            "to clean them, too",
            (_command(library, "cleaner release"),),
            "let one of the two do it: switch it off at the library's panel, or set auto_clean = "
            '"library" in the settings',
        )
    elif found.signs and found.auto_clean == "host":
        yield Diagnosis(
            check,
            "warning",
            f'auto_clean is "host", but the library shows that it cleans: {found.signs[0]}',
            (),
            "switch it off at the library's panel, or mend the setting",
        )
    elif found.asking and found.auto_clean != "library" and not found.usable:
        yield Diagnosis(
            check,
            "warning",
            f"{', '.join(found.asking)} asked for cleaning, and no cleaner on record can be used",
            (_command(library, "cleaner status"), _command(library, "cleaner insert")),
        )
    elif found.asking and found.auto_clean != "library":
        seen = f"{', '.join(found.asking)} asked for cleaning, and was not cleaned since"
        fix = _command(library, "clean --needed")
        advice = "a timer does it every night: systemd/README.md"
        yield Diagnosis(check, "warning", seen, (fix,), advice)
    else:
        yield Diagnosis(check, "ok", _cleaning_words(facts, library))


def _cleaning_words(facts: Facts, library: LibraryFacts) -> str:
    found = library.cleaning
    assert not isinstance(found, NotTold)
    if found.auto_clean == "library" or found.signs:
        return "the library cleans its drives by itself"
    if not found.reserved:
        return "no slot is reserved for a cleaning cartridge, and no drive on record asks for one"
    used = found.last_used_at
    if used is None:
        return "no cleaner was used here yet, and no drive on record asks for cleaning"
    days = max(0, int((facts.now - used) // 86400))
    last = "today" if not days else "yesterday" if days == 1 else f"{days} days ago"
    return f"a cleaner was last used {last}, and no drive on record asks for cleaning"


def model(_facts: Facts, library: LibraryFacts) -> Iterator[Diagnosis]:
    """Which rows of the tables are about this model and its drives, and what they change."""
    words = [f"{each.name} ({each.words}; {each.evidence})" for each in library.habits]
    if library.vendor_codes:
        words.append(count_text(library.vendor_codes))
    seen = (
        f"known of this model: {'; '.join(words)}"
        if words
        else "nothing special of this model is known"
    )
    yield Diagnosis("model", "ok", "; ".join((seen, *library.known_drives)))


def _command(library: LibraryFacts, words: str) -> str:
    """A command line about this library."""
    return f"changer --library {library.id} {words}"
