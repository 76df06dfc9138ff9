"""``drawbridge slack manifest``: what Slack has to be told to make the app."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from server.cli.output import say, show
from server.settings import read_settings
from server.slack.manifest import manifest

slack = typer.Typer(help="Slack: set up the chat where the team talks.", no_args_is_help=True)


@slack.callback()
def _root() -> None:
    """Slack."""


@slack.command("manifest")
def manifest_command(
    http: Annotated[
        bool, typer.Option("--http", help="For HTTP at DRAWBRIDGE_PUBLIC_URL/slack/events instead of Socket Mode.")
    ] = False,
) -> None:
    """Print the app manifest: paste it at api.slack.com/apps, Create New App, From a manifest.

    Example:
      drawbridge slack manifest > manifest.json

    """
    settings = read_settings()
    show(json.dumps(manifest(settings.public_url, socket=not http), indent=2))
    if http and not settings.public_url:
        say("DRAWBRIDGE_PUBLIC_URL is not set: put your own address in place of https://drawbridge.example")
