"""A person who takes cartridges out of the mail slots: what they are asked, and what they do.

They may take a wrong one, or put one in meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence

from changer.library.element_state import cartridge_name
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.library.mail_slots import MailSlots
from changer.moves.exported import Leaving, places_of
from changer.moves.mail_access import look_at, not_empty
from changer.moves.operator import say_waiting
from changer.smc.elements import Element


class Taking:
    """What lies in the mail slots while a person is waited for."""

    def __init__(self, library: Library, mail: MailSlots) -> None:
        self._library, self._mail = library, mail
        self.others: dict[int, str] = {}
        self._changed: set[int] = set()
        self._said = ""

    def note(self, inventory: Inventory, to_take: Sequence[Leaving]) -> None:
        """What else lies there: it is not to be taken, or has to be first."""
        own = {each.tag for each in to_take}
        self.others = {
            each.address: cartridge_name(each)
            for each in self._mail.of(inventory)
            if each.full and each.tag not in own
        }
        self._changed, self._said = set(), self._still(to_take, ())

    def task(self, to_take: Sequence[Leaving]) -> str:
        """What the person is asked to do."""
        if to_take:
            task = f"take out of {self._library.id}: {places_of(to_take, self._mail)}"
            return "; ".join((task, *dict.fromkeys(each.why for each in to_take if each.why)))
        others = ", ".join(
            f"{what} ({self._mail.names([address])})"
            for address, what in sorted(self.others.items())
        )
        return (
            f"make room in the mail slots of {self._library.id}, which hold other cartridges: "
            f"{others}"
        )

    def look(
        self, to_take: Sequence[Leaving], *, deadline: float, timeout_seconds: float
    ) -> bool | None:
        """True once all those look taken; of none, once a mail slot looks empty.

        ``deadline``: by the monotonic clock, of a wait that began ``timeout_seconds`` before it.
        """
        elements = look_at(self._library, self._mail)
        if not to_take:
            full = not_empty(self._mail, elements, self._mail.addresses)
            return True if len(full) < len(self._mail.addresses) else None
        awaited = _addresses(to_take)
        self._warn_of_others(elements, awaited)
        still = not_empty(self._mail, elements, awaited)
        shown = {each.address for each in elements if each.full}
        said = self._still(
            [each for each in to_take if each.address in still],
            [each for each in still if each not in shown],
        )
        if still and said != self._said:
            self._said = said
            words = f"waiting for someone: {said}"
            say_waiting(self._library, words, timeout_seconds=timeout_seconds, deadline=deadline)
        return None if still else True

    def _still(self, to_take: Sequence[Leaving], untold: Sequence[int]) -> str:
        """What is still to be done; ``untold``: slots that don't say what they hold."""
        still = f"still to be taken: {places_of(to_take, self._mail)}"
        if not untold:
            return still
        names = self._mail.names(untold)
        return f"{still}; what is in {names} is not reported: put the magazine back"

    def _warn_of_others(self, elements: Sequence[Element], awaited: Sequence[int]) -> None:
        """Warn of what two looks in a row show: a mail slot may look empty for a moment."""
        full = {each.address: cartridge_name(each) for each in elements if each.full}
        changed = {
            each
            for each in {*full, *self.others} - {*awaited}
            if full.get(each) != self.others.get(each)
        }
        for address in sorted(changed & self._changed):
            name = self._mail.names([address])
            if address in full:
                self.others[address] = full[address]
                self._library.context.warn(
                    f"{full[address]} was put into {name}; to bring it in: changer import"
                )
            else:
                gone = self.others.pop(address)
                self._library.context.warn(
                    f"{gone} was taken out of {name}, but it is not part of this export"
                )
        self._changed = changed - self._changed


def _addresses(to_take: Sequence[Leaving]) -> list[int]:
    return [each.address for each in to_take if each.address is not None]
