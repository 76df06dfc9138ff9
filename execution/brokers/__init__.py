"""Brokers: where orders meet a market, simulated or real."""
