"""A request that is refused, whoever asks: by API, inbox, chat or command line."""

from __future__ import annotations


class Refused(Exception):
    """Why not: an HTTP status, which also says whose fault it is, and one sentence."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
