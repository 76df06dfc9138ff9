"""Pictures: a scene is composed from a strategy and its candles, then drawn in TradingView's look."""
