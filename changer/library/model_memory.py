"""What a model has shown that it can and cannot do, so that it is asked only once."""

from __future__ import annotations

from typing import Protocol

from changer.smc.elements import ElementType
from changer.smc.mode_sense import DeviceCapabilities

__all__ = ["CapabilityStore", "ModelMemory"]

_MOVES = "moves"
_EXCHANGES = "exchanges"
_NOT_OFFERED = "not-offered"


class CapabilityStore(Protocol):
    """The part of the state store that keeps capabilities, by model."""

    def capabilities(self, *, vendor: str, product: str, revision: str) -> dict[str, str]:
        """Name to value."""
        ...

    def learn_capability(
        self, name: str, value: str, *, vendor: str, product: str, revision: str
    ) -> None:
        """Keep one."""
        ...

    def forget_capabilities(self, *, vendor: str, product: str, revision: str) -> None:
        """Drop them all."""
        ...


class ModelMemory:
    """Capabilities of one vendor, product and revision; without a store, for this process only."""

    def __init__(
        self, *, vendor: str, product: str, revision: str, store: CapabilityStore | None = None
    ) -> None:
        self._vendor = vendor
        self._product = product
        self._revision = revision
        self._store = store
        self._known: dict[str, str] | None = None

    def refuses(self, feature: str) -> bool:
        """Whether the model was seen to refuse a feature."""
        return self._load().get(feature) == _NOT_OFFERED

    def learn_refusal(self, feature: str) -> None:
        """Remember that the model refuses a feature."""
        self._learn(feature, _NOT_OFFERED)

    def device_capabilities(self) -> DeviceCapabilities | None:
        """Mode page 1Fh as it was read before; None when it was not, or the model has none."""
        known = self._load()
        if _MOVES not in known:
            return None
        try:
            moves, exchanges = _pairs(known[_MOVES]), _pairs(known.get(_EXCHANGES, ""))
        except KeyError:
            return None
        return DeviceCapabilities(stores=frozenset(), moves=moves, exchanges=exchanges)

    def learn_device_capabilities(self, capabilities: DeviceCapabilities) -> None:
        """Remember which moves and exchanges mode page 1Fh allows."""
        self._learn(_EXCHANGES, _text(capabilities.exchanges))
        self._learn(_MOVES, _text(capabilities.moves))

    def forget(self) -> None:
        """Drop everything: the device says that it has changed."""
        if self._load() and self._store is not None:
            self._store.forget_capabilities(
                vendor=self._vendor, product=self._product, revision=self._revision
            )
        self._known = None

    def _load(self) -> dict[str, str]:
        if self._known is None:
            self._known = (
                self._store.capabilities(
                    vendor=self._vendor, product=self._product, revision=self._revision
                )
                if self._store is not None
                else {}
            )
        return self._known

    def _learn(self, name: str, value: str) -> None:
        self._load()[name] = value
        if self._store is not None:
            self._store.learn_capability(
                name,
                value,
                vendor=self._vendor,
                product=self._product,
                revision=self._revision,
            )


def _text(pairs: frozenset[tuple[ElementType, ElementType]]) -> str:
    return " ".join(f"{source:d}{destination:d}" for source, destination in sorted(pairs))


def _pairs(text: str) -> frozenset[tuple[ElementType, ElementType]]:
    """What ``_text`` wrote; KeyError for anything else."""
    known = {f"{here:d}{there:d}": (here, there) for here in ElementType for there in ElementType}
    return frozenset(known[each] for each in text.split())
