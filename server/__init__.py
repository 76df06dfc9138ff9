"""The composition root: command line, charts, settings, and the only place that builds adapters."""
