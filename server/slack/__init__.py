"""Slack: the chat where a team already talks, as an adapter of ``server.chat``. Decisions are the server's own."""
