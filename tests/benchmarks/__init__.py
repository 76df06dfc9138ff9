"""Promises of the benchmarks: they run, and their candidates do the same work."""
