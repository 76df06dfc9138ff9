"""The ledger, and the account that a strategy trades on paper."""

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0002_credential")]

    initial = False

    operations = [
        ops.CreateModel(
            name="LedgerRow",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("account", fields.CharField(max_length=48)),
                ("currency", fields.CharField(max_length=40)),
                ("strategy", fields.CharField(max_length=40)),
                ("run", fields.CharField(max_length=40)),
                ("kind", fields.CharField(max_length=8)),
                ("time", fields.BigIntField()),
                ("data", fields.TextField(unique=False)),
            ],
            options={
                "table": "ledger",
                "app": "models",
                "indexes": [
                    Index(fields=["account", "kind", "id"]),
                    Index(fields=["run", "kind", "id"]),
                    Index(fields=["strategy", "id"]),
                ],
                "pk_attr": "id",
                "table_description": "A row of the ledger, only ever added: what a run's lines of the same transaction come to (``server.ledger``).",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Strategy",
            name="account",
            field=fields.CharField(null=True, max_length=48),
        ),
    ]
