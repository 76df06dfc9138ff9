"""The words on a drawing: their grammar as a table, how a text is cut into them, and how they are put together."""
