"""What a model has shown that it can do is asked once, kept by model, and dropped on a change."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from driver_support import DT, IE, MT, ST, unhurried
from hypothesis import given
from hypothesis import strategies as some

from changer.library.model import Identity, ModelMemory
from changer.smc.elements import ElementType
from changer.smc.mode_sense import DeviceCapabilities

Model = tuple[str, str, str]


@dataclass
class FakeStore:
    """Keeps text by model, as the state store does, and counts how often it is asked."""

    kept: dict[Model, dict[str, str]] = field(default_factory=dict)
    asked: int = 0

    def capabilities(self, *, vendor: str, product: str, revision: str) -> dict[str, str]:
        self.asked += 1
        return dict(self.kept.get((vendor, product, revision), {}))

    def learn_capability(
        self, name: str, value: str, *, vendor: str, product: str, revision: str
    ) -> None:
        self.kept.setdefault((vendor, product, revision), {})[name] = value

    def forget_capabilities(self, *, vendor: str, product: str, revision: str) -> None:
        self.kept.pop((vendor, product, revision), None)


def remember(store: FakeStore | None, revision: str = "1.0") -> ModelMemory:
    return ModelMemory(Identity("V", "P", revision, None), store)


pairs = some.frozensets(some.tuples(some.sampled_from(ElementType), some.sampled_from(ElementType)))


def test_nothing_is_refused_at_first() -> None:
    assert not remember(FakeStore()).lacks("volume-tags")
    assert remember(FakeStore()).device_capabilities() is None


@pytest.mark.parametrize("store", [None, FakeStore()])
def test_a_refusal_is_known_from_then_on(store: FakeStore | None) -> None:
    memory = remember(store)
    memory.learn_refusal("volume-tags")
    assert memory.lacks("volume-tags")
    assert not memory.lacks("device-identifiers")


def test_a_refusal_outlives_the_process_and_is_the_models_own() -> None:
    store = FakeStore()
    remember(store).learn_refusal("volume-tags")
    assert remember(store).lacks("volume-tags")
    assert not remember(store, "2.0").lacks("volume-tags"), "new firmware may have learned it"
    assert not remember(None).lacks("volume-tags")


def test_the_store_is_asked_once() -> None:
    store = FakeStore()
    memory = remember(store)
    for _ in range(5):
        memory.lacks("volume-tags")
        memory.device_capabilities()
    assert store.asked == 1


def test_the_store_is_not_asked_before_something_is_to_be_known() -> None:
    store = FakeStore()
    remember(store)
    assert store.asked == 0


@unhurried
@given(moves=pairs, exchanges=pairs, stores=some.frozensets(some.sampled_from(ElementType)))
def test_moves_and_exchanges_are_kept_as_they_were_said(
    moves: frozenset[tuple[ElementType, ElementType]],
    exchanges: frozenset[tuple[ElementType, ElementType]],
    stores: frozenset[ElementType],
) -> None:
    store = FakeStore()
    remember(store).learn_device_capabilities(DeviceCapabilities(stores, moves, exchanges))
    known = remember(store).device_capabilities()
    assert known is not None
    assert (known.moves, known.exchanges) == (moves, exchanges)


def test_a_page_that_allows_nothing_is_known_too() -> None:
    store = FakeStore()
    nothing = DeviceCapabilities(frozenset(), frozenset(), frozenset())
    remember(store).learn_device_capabilities(nothing)
    assert remember(store).device_capabilities() == nothing


def test_half_a_record_is_no_record() -> None:
    # A process may die between the two.
    store = FakeStore({("V", "P", "1.0"): {"exchanges": "22"}})
    assert remember(store).device_capabilities() is None


@pytest.mark.parametrize("value", ["9", "99", "x", "2", "24 2", "\u0664\u0664", "2x", "24,22"])
def test_a_record_that_cannot_be_read_is_no_record(value: str) -> None:
    store = FakeStore({("V", "P", "1.0"): {"moves": value}})
    assert remember(store).device_capabilities() is None


def test_everything_is_dropped_when_the_device_changed() -> None:
    store = FakeStore()
    other = remember(store, "2.0")
    other.learn_refusal("volume-tags")
    memory = remember(store)
    memory.learn_refusal("volume-tags")
    memory.learn_device_capabilities(
        DeviceCapabilities(frozenset(), frozenset({(ST, DT), (MT, IE)}), frozenset())
    )
    memory.forget()
    assert not memory.lacks("volume-tags")
    assert memory.device_capabilities() is None
    assert not remember(store).lacks("volume-tags")
    assert remember(store, "2.0").lacks("volume-tags")


def test_forgetting_without_a_store_is_forgetting() -> None:
    memory = remember(None)
    memory.learn_refusal("volume-tags")
    memory.forget()
    assert not memory.lacks("volume-tags")
