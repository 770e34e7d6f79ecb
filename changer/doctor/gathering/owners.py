"""Whether the hosts that own libraries can be asked: a login each, and nothing more."""

from __future__ import annotations

from changer.doctor.facts import OwnerAnswer, Problem
from changer.errors import ChangerError
from changer.library.opening import Request
from changer.library.owner_address import OwnerAddress
from changer.owner.answers import Answers
from changer.owner.conversation import Conversation
from changer.owner.frames import Frame


def owners(request: Request) -> tuple[OwnerAnswer, ...]:
    """Each library that has an owner, and what that answered; each owner is asked once."""
    configuration = request.configuration
    addresses = {name: each.manager for name, each in configuration.libraries.items()}
    addresses[""] = configuration.manager
    answers: dict[OwnerAddress, Problem | None] = {}
    found = []
    for name, address in addresses.items():
        if address is None:
            continue
        if address not in answers:
            answers[address] = _ask(request, address)
        found.append(OwnerAnswer(name, str(address), answers[address]))
    return tuple(found)


def _ask(request: Request, address: OwnerAddress) -> Problem | None:
    """Why an owner can't be asked; None where it says hello."""
    from importlib.metadata import version

    try:
        with Conversation(address, Answers(request, _nothing), _ignored) as conversation:
            conversation.connect(version("changer"))
    except ChangerError as error:
        return Problem.of(error)
    return None


def _nothing(_length: int) -> str:
    return ""


def _ignored(_frame: Frame) -> None:
    """Of messages: none is asked for."""
