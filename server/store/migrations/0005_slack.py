"""Slack's threads, and what each is still to be told."""

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0004_history")]

    initial = False

    operations = [
        ops.CreateModel(
            name="SlackMessage",
            fields=[
                ("id", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=40)),
                ("thread", fields.CharField(max_length=60)),
                ("seq", fields.BigIntField()),
                ("ts", fields.CharField(null=True, max_length=32)),
                ("refused", fields.TextField(null=True, unique=False)),
            ],
            options={
                "table": "slack_message",
                "app": "models",
                "unique_together": (("thread", "seq"),),
                "indexes": [Index(fields=["ts", "thread", "seq"])],
                "pk_attr": "id",
                "table_description": "An event that a thread is to be told; ``ts`` is Slack's name of the message that told it, once confirmed.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SlackThread",
            fields=[
                ("key", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=60)),
                ("kind", fields.CharField(max_length=16)),
                ("channel", fields.CharField(max_length=40)),
                ("parent", fields.CharField(null=True, max_length=32)),
                ("ts", fields.CharField(null=True, max_length=32)),
                ("picture", fields.CharField(null=True, max_length=32)),
                ("pictured", fields.CharField(null=True, max_length=64)),
                ("shown", fields.BigIntField(default=0)),
                ("due", fields.BigIntField(default=0)),
                ("opened", fields.BigIntField()),
            ],
            options={
                "table": "slack_thread",
                "app": "models",
                "pk_attr": "key",
                "table_description": "A thread in Slack: ``key`` is its strategy, its export, or ``alerts`` and a day; ``kind`` says which.",
            },
            bases=["Model"],
        ),
    ]
