"""What every test folder shares: how hypothesis behaves."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# A loaded machine is slow, and slow is not wrong: pytest's timeout is the bound. In CI the examples are
# the same in every run, so that a failure is never a matter of luck.
_QUIET = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture)
settings.register_profile("here", deadline=None, suppress_health_check=_QUIET)
settings.register_profile("ci", deadline=None, suppress_health_check=_QUIET, derandomize=True, database=None)
settings.load_profile("ci" if "CI" in os.environ else "here")
