"""Slack: what is shown there, and how."""
