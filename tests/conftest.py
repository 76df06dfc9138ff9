"""Seeds every property test: the suite runs the same examples each time, `make soak` ten times as many."""

from __future__ import annotations

from hypothesis import settings

EXAMPLES = 50

# No deadline: on a shared machine a slow example says nothing about the code.
settings.register_profile("suite", derandomize=True, deadline=None, max_examples=EXAMPLES)
settings.register_profile("soak", derandomize=True, deadline=None, max_examples=10 * EXAMPLES)
settings.load_profile("suite")
