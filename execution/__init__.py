"""From a frozen strategy to orders: kernels, risk, feeds, brokers. Sees nothing but spec."""
