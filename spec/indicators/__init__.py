"""Indicators: each one function that gives the same bits over a year of bars, in blocks of any size, and bar by bar."""
