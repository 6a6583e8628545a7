"""How many examples a property gets: a share of those of the profile that was asked for."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, settings

# Without explanations: they trace every line of the reference executor, which takes ten times as long.
_phases = [one for one in Phase if one is not Phase.explain]


def budget(share: float) -> settings:
    """Settings with so many times the examples of the profile."""
    count = max(1, int(share * settings.default.max_examples))
    return settings(max_examples=count, phases=_phases, suppress_health_check=[HealthCheck.too_slow])
