"""Feeds: where closed bars come from, declared in one registry."""
