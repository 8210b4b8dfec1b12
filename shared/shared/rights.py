"""Who may say and hear what on the bus: one user per service, one for the IOC, one for the lab's operator.

``python -m shared rights`` prints it as the configuration of a nats-server. Passwords are not here:
the configuration refers to variables that a second file, made where it runs, defines.
"""

from __future__ import annotations

from dataclasses import dataclass

INFO = "$JS.API.STREAM.INFO"


@dataclass(frozen=True)
class User:
    """One user of the bus. Everything that is not allowed is forbidden; ``must_not_say`` is taken from ``may_say``."""

    name: str
    may_say: tuple[str, ...] = ()
    may_hear: tuple[str, ...] = ()
    must_not_say: tuple[str, ...] = ()

    @property
    def inbox(self) -> str:
        """Where this user's answers come; nobody else may listen there."""
        return f"_INBOX_{self.name}.>"

    @property
    def variable(self) -> str:
        """The variable that holds this user's password in the server's configuration."""
        return f"{self.name.upper().replace('-', '_')}_PASSWORD"


def _reads(stream: str) -> tuple[str, ...]:
    """Read a stream in order by a durable of one's own (one per replica, so its name is not known here)."""
    return (
        f"{INFO}.{stream}",
        f"$JS.API.CONSUMER.CREATE.{stream}.>",
        f"$JS.API.CONSUMER.DURABLE.CREATE.{stream}.>",
        f"$JS.API.CONSUMER.INFO.{stream}.>",
        f"$JS.API.CONSUMER.RESET.{stream}.>",
        f"$JS.API.CONSUMER.DELETE.{stream}.>",
        f"$JS.API.CONSUMER.MSG.NEXT.{stream}.>",
        f"$JS.ACK.{stream}.>",
        f"$JS.FC.{stream}.>",
    )


def _works(stream: str, durable: str) -> tuple[str, ...]:
    """Take messages from a durable that provisioning made."""
    return (
        f"$JS.API.CONSUMER.INFO.{stream}.{durable}",
        f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}",
        f"$JS.ACK.{stream}.{durable}.>",
    )


def _durable_of_others(stream: str, durable: str) -> tuple[str, ...]:
    """What must not be done to a durable that is not one's own: reading a stream allows it by any durable."""
    return (
        f"$JS.API.CONSUMER.*.{stream}.{durable}",
        f"$JS.API.CONSUMER.*.{stream}.{durable}.>",
        f"$JS.API.CONSUMER.*.*.{stream}.{durable}",
        f"$JS.ACK.{stream}.{durable}.>",
    )


def _gets(stream: str) -> tuple[str, ...]:
    """Read single messages of a stream by number or subject."""
    return (
        f"{INFO}.{stream}",
        f"$JS.API.STREAM.MSG.GET.{stream}",
        f"$JS.API.DIRECT.GET.{stream}",
        f"$JS.API.DIRECT.GET.{stream}.>",
    )


USERS = (
    User("admin", may_say=("$JS.API.>", "$KV.>", "$O.>"), may_hear=("beat.>", "dead.>")),
    User(
        "supervisor",
        may_say=("beat.>",),
    ),
    User(
        "probe-runner",
        may_say=(
            "test.>",
            "due.test.>",
            "beat.probe-runner.>",
            "dead.probe-runner.>",
            "$KV.PLAN.>",
            "$O.EVIDENCE.>",
            *_works("DUE", "probe-runner"),
            *_gets("DUE"),
            *_gets("TESTS"),
            *_gets("KV_PLAN"),
            *_reads("KV_PLAN"),
            *_gets("OBJ_EVIDENCE"),
            "$JS.API.STREAM.PURGE.OBJ_EVIDENCE",
        ),
        may_hear=("ask.test.>", "order.test.>"),
    ),
    User(
        "escalation",
        may_say=(
            "ticket.>",
            "order.test.run",
            "beat.escalation.>",
            "dead.escalation.>",
            *_reads("TESTS"),
            *_gets("TICKETS"),
            *_works("TICKETS", "escalation-test-requests"),
        ),
        may_hear=("ask.ticket.>",),
    ),
    User(
        "reporting",
        may_say=(
            "beat.reporting.>",
            "dead.reporting.>",
            f"{INFO}.DEAD",
            *_reads("TESTS"),
            *_reads("TICKETS"),
            *_gets("KV_PLAN"),
            *_gets("OBJ_EVIDENCE"),
        ),
        may_hear=("ask.record.>", "beat.>"),
        must_not_say=(
            *_durable_of_others("TICKETS", "ioc"),
            *_durable_of_others("TICKETS", "escalation-test-requests"),
        ),
    ),
    User("dashboard", may_say=("ask.>", "beat.dashboard.>")),
    User("ioc", may_say=("ask.ticket.*", *_works("TICKETS", "ioc")), may_hear=("ticket.>",)),
    User("operator", may_say=("ask.test.run", "ask.record.>"), may_hear=("test.>", "beat.>")),
)


def server_configuration() -> str:
    """The ``authorization`` block, for ``include`` in a nats-server's configuration."""
    lines = [
        "# Made by `python -m shared rights`; shared/shared/rights.py says why.",
        "authorization {",
        "  users = [",
    ]
    for user in USERS:
        say, not_say = (", ".join(f'"{subject}"' for subject in those) for those in (user.may_say, user.must_not_say))
        hear = ", ".join(f'"{subject}"' for subject in (*user.may_hear, user.inbox))
        lines += [
            "    {",
            f"      user: {user.name}, password: ${user.variable}",
            "      permissions: {",
            f"        publish: {{ allow: [{say}], deny: [{not_say}] }}",
            f"        subscribe: {{ allow: [{hear}] }}",
            "        allow_responses: { max: 1, expires: '5m' }",
            "      }",
            "    }",
        ]
    return "\n".join([*lines, "  ]", "}", ""])
