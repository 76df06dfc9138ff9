"""The first tables."""

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name="Alert",
            fields=[
                ("id", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=40)),
                ("hook", fields.CharField(max_length=40)),
                ("received_at", fields.BigIntField()),
                ("body", fields.BinaryField()),
                ("status", fields.CharField(max_length=16)),
                ("reason", fields.TextField(unique=False)),
                ("form", fields.CharField(max_length=24)),
                ("symbol", fields.CharField(null=True, max_length=120)),
                ("duplicate_key", fields.CharField(null=True, db_index=True, max_length=64)),
                ("duplicate_of", fields.CharField(null=True, max_length=40)),
                ("replay_of", fields.CharField(null=True, max_length=40)),
            ],
            options={
                "table": "alert",
                "app": "models",
                "indexes": [Index(fields=["status", "received_at"])],
                "pk_attr": "id",
                "table_description": "A webhook's bytes as they came. ``status``: accepted, duplicate or parked. ``hook`` is the token's id.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Cursor",
            fields=[
                ("name", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=48)),
                ("seq", fields.BigIntField()),
            ],
            options={
                "table": "cursor",
                "app": "models",
                "pk_attr": "name",
                "table_description": "How far a reader of the event log has come.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Decision",
            fields=[
                ("id", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=40)),
                ("strategy", fields.CharField(db_index=True, max_length=40)),
                ("digest", fields.CharField(max_length=64)),
                ("person", fields.CharField(max_length=80)),
                ("decision", fields.CharField(max_length=8)),
                ("purpose", fields.CharField(max_length=8)),
                ("at", fields.BigIntField()),
            ],
            options={
                "table": "decision",
                "app": "models",
                "unique_together": (("strategy", "digest", "person", "purpose"),),
                "pk_attr": "id",
                "table_description": "What one person decided about one digest: one valid decision a person, digest and purpose.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Entry",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("run", fields.CharField(max_length=40)),
                ("log", fields.CharField(max_length=8)),
                ("number", fields.IntField()),
                ("at", fields.BigIntField()),
                ("line", fields.TextField(unique=False)),
                ("previous", fields.CharField(max_length=64)),
                ("hash", fields.CharField(max_length=64)),
            ],
            options={
                "table": "entry",
                "app": "models",
                "unique_together": (("run", "log", "number"),),
                "pk_attr": "id",
                "table_description": "A line of a run's append-only log. ``hash`` covers the line and ``previous``, so that a changed byte shows.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Event",
            fields=[
                ("seq", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("at", fields.BigIntField()),
                ("kind", fields.CharField(db_index=True, max_length=48)),
                ("subject", fields.CharField(db_index=True, max_length=40)),
                ("person", fields.CharField(null=True, max_length=80)),
                ("data", fields.TextField(unique=False)),
            ],
            options={
                "table": "event",
                "app": "models",
                "pk_attr": "seq",
                "table_description": "The event log: one row for every state change, written in the transaction that causes it.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Export",
            fields=[
                ("id", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=40)),
                ("digest", fields.CharField(db_index=True, max_length=64)),
                ("body", fields.BinaryField()),
                ("received_at", fields.BigIntField()),
                ("person", fields.CharField(max_length=80)),
                ("draft", fields.BinaryField()),
                ("answers", fields.TextField(default="{}", unique=False)),
                ("questions", fields.TextField(default="[]", unique=False)),
                ("left_out", fields.TextField(default="[]", unique=False)),
            ],
            options={
                "table": "export",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A drawing export: its bytes, its reading (the draft, JSON) and the answers given so far.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Flag",
            fields=[
                ("name", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=48)),
                ("value", fields.TextField(unique=False)),
            ],
            options={
                "table": "flag",
                "app": "models",
                "pk_attr": "name",
                "table_description": "A switch that survives a restart, such as ``kill``, the value is JSON.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="LoginLink",
            fields=[
                ("digest", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ("person", fields.CharField(max_length=80)),
                ("expires_at", fields.BigIntField()),
                ("used_at", fields.BigIntField(null=True)),
            ],
            options={
                "table": "login_link",
                "app": "models",
                "pk_attr": "digest",
                "table_description": "A one-time link by the SHA-256 of its secret.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Person",
            fields=[
                ("name", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=80)),
                ("created_at", fields.BigIntField()),
            ],
            options={
                "table": "person",
                "app": "models",
                "pk_attr": "name",
                "table_description": "Someone who may act. ``name`` is unique and is what logs and trailers carry.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Session",
            fields=[
                ("digest", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ("person", fields.CharField(db_index=True, max_length=80)),
                ("csrf", fields.CharField(max_length=64)),
                ("created_at", fields.BigIntField()),
                ("expires_at", fields.BigIntField()),
                ("revoked_at", fields.BigIntField(null=True)),
            ],
            options={
                "table": "session",
                "app": "models",
                "pk_attr": "digest",
                "table_description": "A browser's session by the SHA-256 of its cookie, ``csrf`` is what its forms must carry.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Strategy",
            fields=[
                ("id", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=40)),
                ("slug", fields.CharField(max_length=80)),
                ("name", fields.TextField(unique=False)),
                ("kind", fields.CharField(max_length=16)),
                ("symbol", fields.CharField(null=True, max_length=120)),
                ("timeframe", fields.CharField(max_length=8)),
                ("export", fields.CharField(db_index=True, max_length=40)),
                ("proposer", fields.CharField(max_length=80)),
                ("state", fields.CharField(db_index=True, max_length=16)),
                ("digest", fields.CharField(db_index=True, max_length=64)),
                ("approved_for", fields.CharField(null=True, max_length=8)),
                ("expires_at", fields.BigIntField(null=True)),
                ("created_at", fields.BigIntField()),
                ("revision", fields.IntField(default=0)),
            ],
            options={
                "table": "strategy",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A strategy or watch and where it stands.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Token",
            fields=[
                ("id", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=40)),
                ("digest", fields.CharField(unique=True, max_length=64)),
                ("person", fields.CharField(db_index=True, max_length=80)),
                ("scope", fields.CharField(max_length=16)),
                ("created_at", fields.BigIntField()),
                ("revoked_at", fields.BigIntField(null=True)),
            ],
            options={
                "table": "token",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A token by the SHA-256 of its text. ``scope``: hook, export, view, approve, storage, udf or admin.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Version",
            fields=[
                ("id", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=40)),
                ("strategy", fields.CharField(db_index=True, max_length=40)),
                ("number", fields.IntField()),
                ("digest", fields.CharField(db_index=True, max_length=64)),
                ("artifact", fields.BinaryField()),
                ("created_at", fields.BigIntField()),
            ],
            options={
                "table": "version",
                "app": "models",
                "unique_together": (("strategy", "number"),),
                "pk_attr": "id",
                "table_description": "A frozen version: the artifact's bytes, and its commit in the strategy repository once that is written.",
            },
            bases=["Model"],
        ),
    ]
