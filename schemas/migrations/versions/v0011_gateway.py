"""Keys of producers, and requests that are answered once however often they are sent."""

from alembic import op

revision = "0011"
down_revision = "0010"

TABLES = """
create table api_keys (
    id           text primary key collate "C",
    name         text not null,
    digest       bytea not null unique,      -- HMAC-SHA256 under a secret that is not in here
    starts_with  text not null,
    sources      text[],                     -- null: all of them
    endpoints    text[],
    created_by   text not null,
    created_at   timestamptz not null default now(),
    expires_at   timestamptz,
    last_used_at timestamptz,
    revoked_at   timestamptz
);
create index api_keys_listed on api_keys (created_at desc, id desc);

create table idempotent_requests (
    caller     text not null collate "C",
    key        text not null collate "C",    -- the Idempotency-Key
    request    bytea not null,               -- digest of what was asked
    claim      text not null,                -- whose it is: one attempt of one process
    claimed_at timestamptz not null default now(),
    status     smallint,                     -- null until it is answered
    headers    jsonb,
    body       bytea,
    primary key (caller, key)
);
create unique index idempotent_requests_claim on idempotent_requests (claim);
create index idempotent_requests_old on idempotent_requests (claimed_at);
"""


def upgrade() -> None:
    """Creates the tables."""
    op.execute(TABLES)


def downgrade() -> None:
    """Drops them."""
    op.execute("drop table idempotent_requests, api_keys")
