"""Promises of the frozen vocabulary."""
