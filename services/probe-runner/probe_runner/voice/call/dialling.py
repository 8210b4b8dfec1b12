"""What a call's process must know of a target's trunk. Reads the trunk's password, keeps nothing."""

from __future__ import annotations

import ssl
from typing import Any

from probe_runner.secrets import Secrets
from probe_runner.target import Target
from probe_runner.voice.timeline import Signalling
from shared.vocabulary import Cause

UNPROVEN, FORBIDDEN = (401, 407), 403
NO_SUCH_SOUND = (415, 488, 500, 606)
"""What they say to an offer of sound that they cannot have, baresip the third; our library says the second."""


def dialling(target: Target, secrets: Secrets) -> dict[str, Any]:
    """The rest of the order to dial. It holds the password: it is for the process's own socket and for nothing else.

    ``authorities``: the file of those that this machine trusts, or that SSL_CERT_FILE names.

    Raises:
        NoSecretError: the password is not where the plan says.
    """
    order: dict[str, Any] = {"authorities": ssl.get_default_verify_paths().cafile or ""}
    if target.trunk is None:
        return order
    trunk = target.trunk.model_dump(mode="json", exclude={"id", "name", "password", "caller_id"})
    password = secrets.read(target.trunk.password) if target.trunk.password else ""
    return {**order, "trunk": trunk, "password": password}


def trouble_with_us(said: Signalling, target: Target, local: str) -> tuple[Cause, str] | None:
    """What of a call's end is between us and the trunk, and says nothing of the contact centre; None for the rest.

    ``local``: the address of ours that was called from.
    """
    if said.ended_s is None:
        return None
    if sound := _unlike(said, target, local):
        return Cause.PROBER_NO_TRANSPORT, f"{sound}: {said.code} {said.reason}"
    if said.answered_s is not None:
        return None
    if said.is_local:
        is_tls = "SSL" in said.reason or "TLS" in said.reason
        return (Cause.PROBER_NO_TRANSPORT, f"no TLS with the other side: {said.reason}") if is_tls else None
    has_password = target.trunk is not None and target.trunk.password is not None
    if said.code in UNPROVEN or (said.code == FORBIDDEN and has_password and said.ringing_s is None):
        why = "did not take our credentials" if has_password else "wants credentials, and the plan has none"
        return Cause.PROBER_MISCONFIGURED, f"the other side {why}: {said.code} {said.reason}"
    return None


def _unlike(said: Signalling, target: Target, local: str) -> str:
    """Why the two sides cannot have the same sound, if that is how the call ended."""
    if said.code not in NO_SUCH_SOUND:
        return ""
    if ":" in local:
        return "no sound in common over IPv6: our SIP library has it over IPv4 only"
    if target.trunk is not None and target.trunk.srtp == "required":
        return "no SRTP with the other side, and the trunk requires it"
    return ""
