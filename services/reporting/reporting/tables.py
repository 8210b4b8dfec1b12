"""The tables of the record. Knows neither which database holds them nor what the rows mean."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table, Text

# Compared byte by byte: the order of moments and ids must not depend on the database's language.
_TOKEN = String().with_variant(String(collation="C"), "postgresql")

metadata = MetaData()

position = Table(
    "position",
    metadata,
    Column("name", Text, primary_key=True),
    Column("last", BigInteger, nullable=False),
)

tests = Table(
    "tests",
    metadata,
    Column("test_id", _TOKEN, primary_key=True),
    Column("target", _TOKEN, nullable=False),
    Column("started_at", _TOKEN, nullable=False),
    Column("at", _TOKEN, nullable=False),
    Column("type", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("ticket", _TOKEN),
    Column("body", Text, nullable=False),
    Index("tests_by_time", "at", "test_id"),
    Index("tests_by_target", "target", "at", "test_id"),
    Index("tests_by_ticket", "ticket", "at", "test_id"),
)

latest = Table(
    "latest",
    metadata,
    Column("target", _TOKEN, primary_key=True),
    Column("at", _TOKEN, nullable=False),
    Column("recent", Text, nullable=False),
    Column("body", Text, nullable=False),
)

# Seconds of agents that tests took, in whole milliseconds: sums must not depend on the order of their parts.
agent_time = Table(
    "agent_time",
    metadata,
    Column("test_id", _TOKEN, primary_key=True),
    Column("target", _TOKEN, nullable=False),
    Column("at", _TOKEN, nullable=False),
    Column("milliseconds", BigInteger, nullable=False),
    Index("agent_time_by_time", "at", "target", "milliseconds"),
)

tickets = Table(
    "tickets",
    metadata,
    Column("ticket", _TOKEN, primary_key=True),
    Column("target", _TOKEN, nullable=False),
    Column("state", Text, nullable=False),
    Column("opened_at", _TOKEN, nullable=False),
    Column("view", Text, nullable=False),
    Index("tickets_by_state", "state"),
    Index("tickets_by_time", "opened_at", "ticket"),
    Index("tickets_by_target", "target", "opened_at", "ticket"),
)

ticket_facts = Table(
    "ticket_facts",
    metadata,
    Column("event", _TOKEN, primary_key=True),
    Column("ticket", _TOKEN, nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", _TOKEN, nullable=False),
    Column("type", Text, nullable=False),
    Column("body", Text, nullable=False),
    Index("ticket_facts_by_ticket", "ticket", "version"),
)
