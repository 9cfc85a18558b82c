"""What answers cost, and what was spent on each day."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the column and the table."""
    op.add_column("answers", sa.Column("cost", sa.Float))
    op.create_table(
        "spending",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("spent", sa.BigInteger, nullable=False),
    )
