"""Credentials of exchanges, sealed."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0001_initial")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Credential",
            fields=[
                ("name", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=40)),
                ("exchange", fields.CharField(db_index=True, max_length=40)),
                ("sealed", fields.BinaryField()),
                ("created_at", fields.BigIntField()),
            ],
            options={
                "table": "credential",
                "app": "models",
                "pk_attr": "name",
                "table_description": "What opens an account at an exchange, sealed (``server.sealing``); ``exchange`` is ccxt's id of it.",
            },
            bases=["Model"],
        ),
    ]
