"""The settings of the state machines."""

from hypothesis import HealthCheck, settings

NIGHTLY_RUNS = (
    100  # fewer runs try the same sequences each time, so that a test run gives the same result again
)


def machine_settings(runs, steps, **more):
    """Return the settings for so many runs of so many steps; nightly runs try other sequences each time."""
    return settings(
        max_examples=runs,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        derandomize=runs < NIGHTLY_RUNS,
        **more,
    )
