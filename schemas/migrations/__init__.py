"""The tables of Postgres, as Alembic revisions in plain SQL."""
