"""Custom nodes: read from a file, run in a box, and held to what a box allows."""
