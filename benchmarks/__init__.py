"""Speed, measured side by side with a peer and with a floor: ``make bench``, or ``python -m benchmarks NAME``."""
