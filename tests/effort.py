"""Numbers of examples for properties: few in `make test`, many times that at night.

pytest --hypothesis-profile nightly
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

_DAILY = 100  # what hypothesis' own default profile has
_NIGHTLY = 200 * _DAILY


def register() -> None:
    """Make the profile known, before pytest asks for it."""
    settings.register_profile("nightly", max_examples=_NIGHTLY, deadline=None)


def examples(number: int) -> settings:
    """Settings for this number of examples, or the profile's multiple of it."""
    return settings(
        max_examples=max(1, number * settings().max_examples // _DAILY),
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
