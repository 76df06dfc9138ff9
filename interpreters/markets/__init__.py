"""From a symbol as TradingView writes it to the markets of ccxt it may mean: tables and the reading of tickers."""
