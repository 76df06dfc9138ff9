"""Promises of execution: kernels, risk, paper fills and backtests."""
