"""Prevention of medium removal (SPC-4), kept until it is allowed: a reset undoes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from changer.errors import ChangerError
from changer.library.session import Session
from changer.smc.cdb import prevent_allow_medium_removal
from changer.smc.elements import Model
from changer.store.protocol import Store
from changer.store.records import Operation

# The kinds of operations that an operator may be let in for.
LETTING_IN = ("insert", "eject", "export", "import")


class Prevention:
    """What ``changer lock`` set for one library: wanted as long as the store says so.

    ``is_running``: whether the process of an operation lives. ``warn``: called when a reset had
    undone it.
    """

    def __init__(
        self,
        session: Session,
        *,
        library_id: str,
        is_running: Callable[[Operation], bool],
        warn: Callable[[str], None],
    ) -> None:
        self._session = session
        self._library_id = library_id
        self._is_running = is_running
        self._warn = warn
        self._is_sending = False
        self._operator_is_let_in = False
        self._told = False

    def set(self, store: Store, *, prevented: bool) -> None:
        """Prevent or allow it; when the library or the store refuses, both are as they were."""
        if prevented:
            self._send(prevent=True)
            self._keep(store, prevented=True)
        else:
            self._keep(store, prevented=False)
            self._send_allow(store)

    def restore(self, store: Store, *, because: str = "the library was reset") -> None:
        """Prevent it again, where it is wanted, and warn of it.

        Not while an operation lets an operator in, in whatever process: it prevents it at its end.
        Without the library's lock, since the reset may have been reported to a reader; an unlock,
        or an operator let in, in the same moment is obeyed.
        """
        if self._is_sending or not self._may_prevent(store):
            return
        try:
            self._send(prevent=True)
            if not self._may_prevent(store):
                self._send(prevent=False)
                return
        except ChangerError as error:
            self._tell(f"{because}, and people can take media out: {error.message}")
        else:
            self._tell(f"{because}; medium removal is prevented again")

    def allow_for_operator(self) -> None:
        """Allow removal for what the operator is to do now, whatever ``changer lock`` set."""
        self._operator_is_let_in = True
        self._send(prevent=False)

    def restore_after_operator(self, store: Store) -> None:
        """Prevent it again, where it is wanted; even if nobody was let in.

        Meanwhile a reset may have been reported to any process, which left it to this one.
        """
        self._operator_is_let_in = False
        if self.is_wanted(store):
            self._send(prevent=True)

    @property
    def operator_is_let_in(self) -> bool:
        """Whether the operator may take media out for a while."""
        return self._operator_is_let_in

    def is_wanted(self, store: Store) -> bool:
        """Whether people are to be kept from taking media out."""
        known = store.library(self._library_id)
        return known is not None and known.removal_prevented_at is not None

    def _may_prevent(self, store: Store) -> bool:
        return self.is_wanted(store) and not self._operator_may_be_let_in(store)

    def _operator_may_be_let_in(self, store: Store) -> bool:
        return self._operator_is_let_in or any(
            each.kind in LETTING_IN and self._is_running(each)
            for each in store.unfinished_operations(self._library_id)
        )

    def _keep(self, store: Store, *, prevented: bool) -> None:
        try:
            store.prevent_removal(self._library_id, prevented=prevented)
        except ChangerError:
            if prevented:
                self._send(prevent=False)
            raise

    def _send_allow(self, store: Store) -> None:
        try:
            self._send(prevent=False)
        except ChangerError:
            store.prevent_removal(self._library_id, prevented=True)
            raise

    def _send(self, *, prevent: bool) -> None:
        """The command may itself meet the reset that it answers."""
        self._is_sending = True
        try:
            self._session.send(prevent_allow_medium_removal(prevent=prevent))
        finally:
            self._is_sending = False

    def _tell(self, text: str) -> None:
        if not self._told:
            self._told = True
            self._warn(text)


def find_doubts(model: Model) -> Iterator[str]:
    """What ends the prevention of a model, for people, after the name of the library."""
    from changer.smc.atlas.habits import Habit, has_habit

    if has_habit(Habit.ALLOWS_FOR_ALL, model):
        yield (
            "unlocks for every host when one of them allows removal: "
            "this lock holds only while no other host does"
        )
    if has_habit(Habit.LOCK_RUNS_OUT, model):
        yield "can't stay locked for longer than two moves: lock it again after them"
