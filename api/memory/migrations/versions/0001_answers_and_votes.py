"""Answers, the sections they were made from, votes, and the secrets of this database."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "answers",
        sa.Column("message_id", sa.String(64), primary_key=True),
        sa.Column("asked_at", sa.DateTime, nullable=False),
        sa.Column("question", sa.Text),
        sa.Column("ending", sa.String(16), nullable=False),
        sa.Column("mode", sa.String(16), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("version", sa.String(200), nullable=False),
        sa.Column("language", sa.String(200), nullable=False),
        sa.Column("revision", sa.String(200), nullable=False),
        sa.Column("client", sa.String(64), nullable=False),
        sa.Column("retrieval_ms", sa.Float),
        sa.Column("first_token_ms", sa.Float),
        sa.Column("total_ms", sa.Float),
        sa.Column("prompt_tokens", sa.Integer),
        sa.Column("completion_tokens", sa.Integer),
    )
    op.create_index("answers_asked_at", "answers", ["asked_at"])
    _what_belongs_to_answers()
    op.create_table(
        "secrets",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("value", sa.String(128), nullable=False),
    )


def _what_belongs_to_answers() -> None:
    op.create_table(
        "found_sections",
        sa.Column(
            "message_id",
            sa.String(64),
            sa.ForeignKey("answers.message_id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("place", sa.SmallInteger, primary_key=True),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("cited", sa.Boolean, nullable=False),
    )
    op.create_table(
        "votes",
        sa.Column("message_id", sa.String(64), primary_key=True),
        sa.Column("voted_at", sa.DateTime, nullable=False),
        sa.Column("thumbs", sa.SmallInteger, nullable=False),
        sa.Column("tags", sa.JSON, nullable=False),
        sa.Column("notes", sa.Text, nullable=False),
    )
    op.create_index("votes_voted_at", "votes", ["voted_at"])


def downgrade() -> None:
    """Removes everything."""
    for table in ("secrets", "votes", "found_sections", "answers"):
        op.drop_table(table)
