"""The inbox: the embedded default of the chat, rendered on the server."""
