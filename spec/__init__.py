"""The frozen vocabulary: markets, geometry, signals, strategies. Data and pure functions."""
