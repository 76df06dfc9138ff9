"""The bars before runs."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0003_ledger")]

    initial = False

    operations = [
        ops.CreateModel(
            name="History",
            fields=[
                ("sha256", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ("packed", fields.BinaryField()),
            ],
            options={
                "table": "history",
                "app": "models",
                "pk_attr": "sha256",
                "table_description": "The bars before runs, packed (``execution.packing``), by the SHA-256 that the runs' first lines pin them with.",
            },
            bases=["Model"],
        ),
    ]
