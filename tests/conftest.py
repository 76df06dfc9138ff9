"""Seeds every property test, and says how many workers share the suite.

The suite runs the same examples each time, `make soak` ten times as many.
"""

from __future__ import annotations

import os

from hypothesis import settings

EXAMPLES = 50

# No deadline: on a shared machine a slow example says nothing about the code.
settings.register_profile("suite", derandomize=True, deadline=None, max_examples=EXAMPLES)
settings.register_profile("soak", derandomize=True, deadline=None, max_examples=10 * EXAMPLES)
settings.load_profile("suite")


def pytest_xdist_auto_num_workers() -> int:
    """Twice as many workers as cores: half of the suite's time is waiting for servers, disks and clocks."""
    return 2 * (os.cpu_count() or 1)
