"""The tables. Times are UNIX milliseconds UTC unless a field says otherwise; ids are text with a prefix.

Rows of Event, Decision, Version, Entry, History and Alert are only ever added; what happens to them is another row.
"""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class Person(Model):
    """Someone who may act. ``name`` is unique and is what logs and trailers carry."""

    name = fields.CharField(max_length=80, primary_key=True)
    created_at = fields.BigIntField()

    class Meta:
        table = "person"


class Token(Model):
    """A token by the SHA-256 of its text. ``scope``: hook, export, view, approve, storage, udf or admin."""

    id = fields.CharField(max_length=40, primary_key=True)
    digest = fields.CharField(max_length=64, unique=True)
    person = fields.CharField(max_length=80, db_index=True)
    scope = fields.CharField(max_length=16)
    created_at = fields.BigIntField()
    revoked_at = fields.BigIntField(null=True)

    class Meta:
        table = "token"


class Session(Model):
    """A browser's session by the SHA-256 of its cookie, ``csrf`` is what its forms must carry."""

    digest = fields.CharField(max_length=64, primary_key=True)
    person = fields.CharField(max_length=80, db_index=True)
    csrf = fields.CharField(max_length=64)
    created_at = fields.BigIntField()
    expires_at = fields.BigIntField()
    revoked_at = fields.BigIntField(null=True)

    class Meta:
        table = "session"


class LoginLink(Model):
    """A one-time link by the SHA-256 of its secret."""

    digest = fields.CharField(max_length=64, primary_key=True)
    person = fields.CharField(max_length=80)
    expires_at = fields.BigIntField()
    used_at = fields.BigIntField(null=True)

    class Meta:
        table = "login_link"


class Alert(Model):
    """A webhook's bytes as they came. ``status``: accepted, duplicate or parked. ``hook`` is the token's id."""

    id = fields.CharField(max_length=40, primary_key=True)
    hook = fields.CharField(max_length=40)
    received_at = fields.BigIntField()
    body = fields.BinaryField()
    status = fields.CharField(max_length=16)
    reason = fields.TextField()
    form = fields.CharField(max_length=24)
    symbol = fields.CharField(max_length=120, null=True)
    duplicate_key = fields.CharField(max_length=64, null=True, db_index=True)
    duplicate_of = fields.CharField(max_length=40, null=True)
    replay_of = fields.CharField(max_length=40, null=True)

    class Meta:
        table = "alert"
        indexes = (("status", "received_at"),)  # few, for every webhook pays for each of them


class Export(Model):
    """A drawing export: its bytes, its reading (the draft, JSON) and the answers given so far.

    ``questions`` are the open ones and ``left_out`` what was not understood, both in the draft as well: pages show them
    without reading it.
    """

    id = fields.CharField(max_length=40, primary_key=True)
    digest = fields.CharField(max_length=64, db_index=True)
    body = fields.BinaryField()
    received_at = fields.BigIntField()
    person = fields.CharField(max_length=80)
    draft = fields.BinaryField()
    answers = fields.TextField(default="{}")
    questions = fields.TextField(default="[]")
    left_out = fields.TextField(default="[]")

    class Meta:
        table = "export"


class Strategy(Model):
    """A strategy or watch and where it stands.

    ``state``: proposed, approved, running, paused, stopped, rejected or expired. ``digest`` names the proposed version;
    ``approved_for``: nothing, paper or live; ``account``: what it trades on paper, null: the one that needs no name.
    ``revision`` rises with every change (compare-and-set).
    """

    id = fields.CharField(max_length=40, primary_key=True)
    slug = fields.CharField(max_length=80)
    name = fields.TextField()
    kind = fields.CharField(max_length=16)
    symbol = fields.CharField(max_length=120, null=True)
    timeframe = fields.CharField(max_length=8)
    export = fields.CharField(max_length=40, db_index=True)
    proposer = fields.CharField(max_length=80)
    state = fields.CharField(max_length=16, db_index=True)
    digest = fields.CharField(max_length=64, db_index=True)
    approved_for = fields.CharField(max_length=8, null=True)
    account = fields.CharField(max_length=48, null=True)
    expires_at = fields.BigIntField(null=True)
    created_at = fields.BigIntField()
    revision = fields.IntField(default=0)

    class Meta:
        table = "strategy"


class Version(Model):
    """A frozen version: the artifact's bytes, and its commit in the strategy repository once that is written."""

    id = fields.CharField(max_length=40, primary_key=True)
    strategy = fields.CharField(max_length=40, db_index=True)
    number = fields.IntField()
    digest = fields.CharField(max_length=64, db_index=True)
    artifact = fields.BinaryField()
    created_at = fields.BigIntField()

    class Meta:
        table = "version"
        unique_together = (("strategy", "number"),)


class Decision(Model):
    """What one person decided about one digest: one valid decision a person, digest and purpose."""

    id = fields.CharField(max_length=40, primary_key=True)
    strategy = fields.CharField(max_length=40, db_index=True)
    digest = fields.CharField(max_length=64)
    person = fields.CharField(max_length=80)
    decision = fields.CharField(max_length=8)
    purpose = fields.CharField(max_length=8)
    at = fields.BigIntField()

    class Meta:
        table = "decision"
        unique_together = (("strategy", "digest", "person", "purpose"),)


class Event(Model):
    """The event log: one row for every state change, written in the transaction that causes it."""

    seq = fields.BigIntField(primary_key=True, generated=True)
    at = fields.BigIntField()
    kind = fields.CharField(max_length=48, db_index=True)
    subject = fields.CharField(max_length=40, db_index=True)
    person = fields.CharField(max_length=80, null=True)
    data = fields.TextField()

    class Meta:
        table = "event"


class Cursor(Model):
    """How far a reader of the event log has come."""

    name = fields.CharField(max_length=48, primary_key=True)
    seq = fields.BigIntField()

    class Meta:
        table = "cursor"


class Flag(Model):
    """A switch that survives a restart, such as ``kill``, the value is JSON."""

    name = fields.CharField(max_length=48, primary_key=True)
    value = fields.TextField()

    class Meta:
        table = "flag"


class Entry(Model):
    """A line of a run's append-only log. ``hash`` covers the line and ``previous``, so that a changed byte shows."""

    id = fields.BigIntField(primary_key=True, generated=True)
    run = fields.CharField(max_length=40)
    log = fields.CharField(max_length=8)
    number = fields.IntField()
    at = fields.BigIntField()
    line = fields.TextField()
    previous = fields.CharField(max_length=64)
    hash = fields.CharField(max_length=64)

    class Meta:
        table = "entry"
        unique_together = (("run", "log", "number"),)


class History(Model):
    """The bars before runs, packed (``execution.packing``), by the SHA-256 that the runs' first lines pin them with."""

    sha256 = fields.CharField(max_length=64, primary_key=True)
    packed = fields.BinaryField()

    class Meta:
        table = "history"


class LedgerRow(Model):
    """A row of the ledger, only ever added: what a run's lines of the same transaction come to (``server.ledger``).

    ``kind``: fill, position, trade, equity, or account; ``time`` the bar's open in UNIX seconds, ``data`` JSON.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    account = fields.CharField(max_length=48)
    currency = fields.CharField(max_length=40)
    strategy = fields.CharField(max_length=40)
    run = fields.CharField(max_length=40)
    kind = fields.CharField(max_length=8)
    time = fields.BigIntField()
    data = fields.TextField()

    class Meta:
        table = "ledger"
        indexes = (("account", "kind", "id"), ("run", "kind", "id"), ("strategy", "id"))


class Credential(Model):
    """What opens an account at an exchange, sealed (``server.sealing``); ``exchange`` is ccxt's id of it."""

    name = fields.CharField(max_length=40, primary_key=True)
    exchange = fields.CharField(max_length=40, db_index=True)
    sealed = fields.BinaryField()
    created_at = fields.BigIntField()

    class Meta:
        table = "credential"


class SlackThread(Model):
    """A thread in Slack: ``key`` is its strategy, its export, or ``alerts`` and a day; ``kind`` says which.

    ``parent`` is somebody's message that it stands under, as an export does under the upload that it came by.
    ``ts`` is Slack's name of the root message, once it was confirmed; ``picture`` Slack's id of the root's picture,
    and ``pictured`` the digest of what it shows.
    ``shown`` is the last event that the root shows, ``due`` the last that changed what it has to show. ``opened`` is
    when it was noted, in UNIX milliseconds UTC.
    """

    key = fields.CharField(max_length=60, primary_key=True)
    kind = fields.CharField(max_length=16)
    channel = fields.CharField(max_length=40)
    parent = fields.CharField(max_length=32, null=True)
    ts = fields.CharField(max_length=32, null=True)
    picture = fields.CharField(max_length=32, null=True)
    pictured = fields.CharField(max_length=64, null=True)
    shown = fields.BigIntField(default=0)
    due = fields.BigIntField(default=0)
    opened = fields.BigIntField()

    class Meta:
        table = "slack_thread"


class SlackMessage(Model):
    """An event that a thread is to be told; ``ts`` is Slack's name of the message that told it, once confirmed.

    ``refused`` is why Slack would not take it, whatever was tried. Rows are added in the order of the log.
    """

    id = fields.CharField(max_length=40, primary_key=True)
    thread = fields.CharField(max_length=60)
    seq = fields.BigIntField()
    ts = fields.CharField(max_length=32, null=True)
    refused = fields.TextField(null=True)

    class Meta:
        table = "slack_message"
        unique_together = (("thread", "seq"),)
        indexes = (("ts", "thread", "seq"),)
