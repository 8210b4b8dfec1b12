"""Real calls by every way that a trunk may be: to other people's SIP stacks (baresip, SIPp) and to a bare server."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import socket
import ssl
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from ipv6 import needs_ipv6
from natsd import Nats
from targets import job
from voice.far import far_end, sipp
from voice.far_end import TONE_HZ, keys_in, level
from voice.gate import Gate, opened

from probe_runner.probe import Outcome
from probe_runner.run import Runner
from probe_runner.secrets import Secrets
from probe_runner.target import Target
from probe_runner.voice.call.dialling import dialling
from probe_runner.voice.call.line import Event, heard_from, open_line
from probe_runner.voice.call.selfcall import trouble_of_own_line
from probe_runner.voice.call.switchboard import template_pid
from probe_runner.voice.exhibits import trace_of
from probe_runner.voice.probe import make_voice_probe
from probe_runner.voice.timeline import Signalling
from shared.vocabulary import Cause, Channel, Origin, Result

PASSWORD = "kata-s4ndi-rahasia"
QUICK = {"press": "19", "answer_within_s": 2, "greeting_within_s": 1, "menu_within_s": 1, "agent_within_s": 1}
LONGEST_S = 10.0


def target(address: str, *trunks: dict[str, Any], **voice: Any) -> Target:
    values = {"id": "t", "name": "T", "channel": "voice", "address": address, "voice": {**QUICK, **voice}}
    named = [{"id": f"trunk-{number}", **trunk} for number, trunk in enumerate(trunks)]
    return Target.model_validate({**values, "trunks": named})


@pytest.fixture
def secrets(tmp_path: Path) -> Secrets:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "trunk").write_text(PASSWORD)
    (tmp_path / "secrets" / "wrong").write_text("bukan-itu")
    return Secrets(tmp_path / "secrets")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of 127.0.0.1, with its key, its own authority."""
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    made += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(file), "-out", str(file.with_name("cert.pem"))]
    subprocess.run(made, check=True, capture_output=True)
    file.write_text(file.read_text() + file.with_name("cert.pem").read_text())
    return file


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.with_name("cert.pem")))
    return certificate


@dataclass
class Talk:
    """A call as far as it has come."""

    folder: Path
    events: list[Event] = field(default_factory=list)
    said: Signalling = field(default_factory=Signalling)

    def told(self, name: str) -> dict[str, Any]:
        """The first event of that name."""
        return dict(next((event.body for event in self.events if event.name == name), {}))

    @property
    def trace(self) -> str:
        return (self.folder / "trace.log").read_text(errors="replace")

    @property
    def tone_dbfs(self) -> float:
        """The far end's tone in the recording, in the middle second."""
        samples, rate = soundfile.read(self.folder / "call.wav", dtype="int16")
        middle = len(samples) // 2
        return level(samples[middle - rate // 4 : middle + rate // 4].astype(float), TONE_HZ)


async def talk(folder: Path, to: Target, secrets: Secrets, *, keys: str = "19", for_s: float = 0.9) -> Talk:
    """Call, press when there is sound, and hang up so many seconds after that, or when the call is over."""
    kept = Talk(folder)
    async with open_line(folder) as line:
        began = time.monotonic()
        ends_at = began + LONGEST_S
        await line.dial(to.address, to.caller_id, LONGEST_S + 5, **dialling(to, secrets))
        while time.monotonic() < ends_at and not line.is_gone:
            for event in await line.stirred(0.1):
                kept.events.append(event)
                kept.said = heard_from(kept.said, event, began)
                if event.name == "recording":
                    await asyncio.sleep(0.3)
                    await line.press(keys)
                    ends_at = time.monotonic() + for_s
    return kept


async def probed(work_dir: Path, to: Target, secrets: Secrets) -> Outcome:
    return await make_voice_probe(work_dir, secrets=secrets)(to, work_dir, lambda _: None)


def verdict(outcome: Outcome) -> tuple[Result, Cause | None]:
    return outcome.accessibility.result, outcome.accessibility.cause


EVENTS, TONES = "rfc4733", "in-band"
WAYS: dict[str, tuple[dict[str, Any], dict[str, Any], str, str]] = {
    "udp": ({}, {}, "PCMA", EVENTS),
    "tcp": ({"transport": "tcp"}, {"transport": "tcp"}, "PCMA", EVENTS),
    "tls": ({"transport": "tls"}, {"transport": "tls"}, "PCMA", EVENTS),
    "tls, srtp required": (
        {"transport": "tls", "mediaenc": "srtp-mand"},
        {"transport": "tls", "srtp": "required", "dtmf": "in-band"},
        "PCMA",
        TONES,
    ),
    "srtp without tls, and they insist": ({"mediaenc": "srtp-mand"}, {"srtp": "required"}, "PCMA", EVENTS),
    "srtp optional on both sides": ({"mediaenc": "srtp"}, {"srtp": "optional"}, "PCMA", EVENTS),
    "srtp optional, and they have none": ({}, {"srtp": "optional"}, "PCMA", EVENTS),
    "mu-law only, events only": ({}, {"codecs": ["pcmu"], "dtmf": "rfc4733"}, "PCMU", EVENTS),
    "A-law only, which they like less": ({"codecs": ["pcmu", "pcma"]}, {"codecs": ["pcma"]}, "PCMA", EVENTS),
    "g722": ({"codecs": ["g722/16000/1", "pcma"]}, {"codecs": ["g722", "pcma"], "dtmf": "in-band"}, "G722", TONES),
    "info": ({}, {"dtmf": "info"}, "PCMA", "info"),
}


@pytest.mark.parametrize("way", WAYS)
async def test_both_sides_hear_each_other_and_the_keys_arrive(
    way: str, tmp_path: Path, secrets: Secrets, trusted: Path
) -> None:
    theirs, ours, codec, how = WAYS[way]
    if theirs.get("transport") == "tls":
        theirs = {**theirs, "certificate": str(trusted)}
    async with far_end(**theirs) as far:
        to = target(f"sip:1500600@127.0.0.1:{far.port}", ours, caller_id="622150700")
        said = await talk(tmp_path, to, secrets)
        heard = await far.hear("over")

    assert (said.told("codec"), said.told("pressed")) == ({"codec": codec}, {"digits": "19", "how": how})
    assert (far.digits, heard["keys"]) == (("", "19") if how == TONES else ("19", ""))
    assert how != TONES or heard["key_dbfs"] > -25
    assert said.tone_dbfs > -20
    assert next(told["caller"] for told in far.told if told["event"] == "call").startswith("sip:622150700@127.0.0.1")
    keys_of_sides = re.findall(r"^a=crypto:", said.trace, re.MULTILINE)
    assert bool(keys_of_sides) == ("srtp" in ours)
    assert not theirs.get("mediaenc") or len(keys_of_sides) >= 2
    assert "inline:" not in trace_of(tmp_path / "trace.log")


async def test_keys_are_in_the_sound_where_the_other_side_offers_no_events(tmp_path: Path, secrets: Secrets) -> None:
    async with opened(Gate(has_events=False)) as gate:
        said = await talk(tmp_path, target(gate.uri, {}), secrets, keys="09*#", for_s=1.8)

    assert said.told("pressed")["how"] == TONES
    assert {packet[1] & 0x7F for packet in gate.packets} == {8}
    assert keys_in(alaw(b"".join(packet[12:] for packet in gate.packets)))[0] == "09*#"


def alaw(coded: bytes) -> np.ndarray:
    """G.711, A-law, in 16-bit steps."""
    octets = np.frombuffer(coded, np.uint8) ^ 0x55
    exponent, mantissa = (octets >> 4) & 7, (octets & 15).astype(int)
    size = np.where(exponent == 0, mantissa * 16 + 8, (mantissa * 16 + 264) << np.maximum(exponent.astype(int) - 1, 0))
    return np.where(octets & 0x80, size, -size).astype(float)


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
async def test_we_register_by_digest_and_call_through_the_proxy_as_whom_the_target_says(
    algorithm: str, tmp_path: Path, secrets: Secrets
) -> None:
    async with opened(Gate(algorithm, PASSWORD)) as gate:
        account = {"username": "probe", "password": "file:trunk", "is_registered": True, "domain": "pbx.example"}
        trunk = {"proxy": "127.0.0.1", "port": gate.port, **account}
        said = await talk(tmp_path, target("sip:1500600@nowhere.invalid", trunk, caller_id="622150700"), secrets)

    assert gate.methods()[:6] == ["REGISTER", "REGISTER", "INVITE", "ACK", "INVITE", "ACK"]
    register, invite = gate.requests[1], gate.requests[4]
    assert "sip:probe@pbx.example" in register.headers["to"]
    assert register.uri.startswith("sip:pbx.example")
    assert invite.uri.startswith("sip:1500600@nowhere.invalid")
    assert "sip:622150700@pbx.example" in invite.headers["from"]
    assert gate.packets
    assert PASSWORD not in said.trace


@pytest.mark.skipif(not shutil.which("sipp"), reason="SIPp is not installed (Debian: sip-tester)")
@pytest.mark.parametrize("way", ["udp", "tcp", pytest.param("ipv6", marks=needs_ipv6)])
async def test_another_stack_s_arithmetic_takes_our_digest(way: str, tmp_path: Path, secrets: Secrets) -> None:
    scenario = tmp_path / "digest.xml"
    text = Path(__file__).with_name("digest.xml").read_text(encoding="utf-8").replace("[authpass]", PASSWORD)
    scenario.write_text(text, encoding="utf-8")
    host = "[::1]" if way == "ipv6" else "127.0.0.1"
    port = free_port(host)
    arguments = ["-i", host.strip("[]"), "-p", str(port), "-t", "t1" if way == "tcp" else "u1"]
    trunk = {"username": "probe", "password": "file:trunk", "transport": "tcp" if way == "tcp" else "udp"}
    async with sipp(scenario, *arguments) as process:
        await asyncio.sleep(0.5)
        said = await talk(tmp_path, target(f"sip:1500600@{host}:{port}", trunk), secrets, for_s=0.5)
        code = await asyncio.wait_for(process.wait(), 15)

    assert code == 0, said.trace[-3_000:]
    assert said.said.answered_s is not None


def free_port(host: str) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as tried:
        tried.bind((host.strip("[]"), 0))
        return int(tried.getsockname()[1])


@needs_ipv6
@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_we_signal_over_ipv6_and_have_the_sound_over_ipv4(
    transport: str, tmp_path: Path, secrets: Secrets
) -> None:
    async with opened(Gate(host="[::1]", media_host="127.0.0.1"), transport) as gate:
        said = await talk(tmp_path, target(gate.uri), secrets, for_s=0.5)

    assert said.told("dialled")["local"] == "::1"
    assert "INVITE" in gate.methods()
    assert gate.sources == {"127.0.0.1"}


async def test_signalling_and_sound_come_from_the_address_that_the_trunk_names(
    tmp_path: Path, secrets: Secrets
) -> None:
    async with opened(Gate()) as gate:
        said = await talk(tmp_path, target(gate.uri, {"local_address": "127.0.0.9"}), secrets, for_s=0.5)

    assert said.told("dialled")["local"] == "127.0.0.9"
    assert gate.requests[0].vias[0].startswith("SIP/2.0/UDP 127.0.0.9:")
    assert "c=IN IP4 127.0.0.9" in gate.requests[0].body
    assert gate.sources == {"127.0.0.9"}


async def test_a_certificate_of_nobody_we_know_is_our_trouble_unless_the_trunk_says_so(
    tmp_path: Path, secrets: Secrets, certificate: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    async with opened(Gate(), "tcp", context) as gate:
        strict = await probed(tmp_path, target(gate.uri, {"transport": "tls"}), secrets)
        assert gate.methods() == []
        await talk(
            tmp_path, target(gate.uri, {"transport": "tls", "is_certificate_checked": False}), secrets, for_s=0.2
        )

    assert verdict(strict) == (Result.INCONCLUSIVE, Cause.PROBER_NO_TRANSPORT)
    assert "certificate" in strict.detail
    assert "INVITE" in gate.methods()


async def test_a_sips_address_is_called_over_tls_without_any_trunk(
    tmp_path: Path, secrets: Secrets, trusted: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted)
    async with opened(Gate(), "tcp", context) as gate:
        said = await talk(tmp_path, target(f"sips:1500600@127.0.0.1:{gate.port}"), secrets, for_s=0.2)

    assert said.told("dialled")["transport"] == "tls"
    assert gate.requests[0].uri.startswith("sips:1500600@")
    assert gate.requests[0].headers["contact"].startswith("<sips:")
    assert gate.packets


OURS: dict[str, tuple[dict[str, Any], dict[str, Any], Cause, str]] = {
    "a wrong password at the registrar": (
        {"password": PASSWORD},
        {"password": "file:wrong", "is_registered": True},
        Cause.PROBER_MISCONFIGURED,
        "not registered: 401",
    ),
    "a wrong password at the call": (
        {"password": PASSWORD},
        {"password": "file:wrong"},
        Cause.PROBER_MISCONFIGURED,
        "did not take our credentials: 407",
    ),
    "no password": ({"password": PASSWORD}, {}, Cause.PROBER_MISCONFIGURED, "wants credentials"),
    "an account that may not call": (
        {"codes": {"INVITE": 403}},
        {"password": "file:trunk"},
        Cause.PROBER_MISCONFIGURED,
        "did not take our credentials: 403",
    ),
    "a registrar that is out of order": (
        {"codes": {"REGISTER": 503}},
        {"password": "file:trunk", "is_registered": True},
        Cause.PROBER_NO_TRANSPORT,
        "not registered: 503",
    ),
    "a secret that is not there": ({}, {"password": "file:gone"}, Cause.PROBER_MISCONFIGURED, "file:gone"),
    "no SRTP on the other side": ({}, {"srtp": "required"}, Cause.PROBER_NO_TRANSPORT, "no SRTP"),
    "sound over IPv6 only": ({"host": "[::1]"}, {}, Cause.PROBER_NO_TRANSPORT, "over IPv6"),
}


@pytest.mark.parametrize("trouble", [pytest.param(one, marks=needs_ipv6) if "IPv6" in one else one for one in OURS])
async def test_what_is_between_us_and_the_trunk_is_ours_and_never_the_contact_centre_s(
    trouble: str, tmp_path: Path, secrets: Secrets
) -> None:
    theirs, ours, cause, says = OURS[trouble]
    async with opened(Gate(**theirs)) as gate:
        trunk = {"proxy": gate.host, "port": gate.port, "username": "probe", **ours}
        outcome = await probed(tmp_path, target("sip:1500600@pbx.example", trunk), secrets)

    for leg in (outcome.accessibility, outcome.agent):
        assert (leg.result, leg.cause) == (Result.INCONCLUSIVE, cause), outcome.detail
    assert says in outcome.detail


async def test_a_forbidden_call_without_an_account_is_the_other_side_s_word(tmp_path: Path, secrets: Secrets) -> None:
    async with opened(Gate(codes={"INVITE": 403})) as gate:
        outcome = await probed(tmp_path, target(gate.uri), secrets)

    assert verdict(outcome) == (Result.FAILED, Cause.TELCO_REJECTED)


async def test_the_password_is_nowhere_but_in_its_place(
    tmp_path: Path, secrets: Secrets, capfd: pytest.CaptureFixture[str]
) -> None:
    seen: list[bytes] = []

    def look(_step: object) -> None:
        for pid in family(template_pid() or 0):
            seen.extend(Path(f"/proc/{pid}/{part}").read_bytes() for part in ("cmdline", "environ"))

    async with opened(Gate(password=PASSWORD)) as gate:
        account = {"username": "probe", "password": "file:trunk", "is_registered": True}
        to = target("sip:1500600@pbx.example", {"proxy": "127.0.0.1", "port": gate.port, **account})
        outcome = await make_voice_probe(tmp_path / "calls", secrets=secrets)(to, tmp_path, look)

    assert "INVITE" in gate.methods()
    written = capfd.readouterr()
    told = json.dumps([str(outcome.detail), *map(repr, outcome.steps), *map(repr, outcome.findings)])
    trace = next(exhibit.data for exhibit in outcome.exhibits if exhibit.file == "sip.txt")
    everything = [*seen, *(exhibit.data for exhibit in outcome.exhibits), (written.out + written.err + told).encode()]
    assert len(seen) >= 4
    assert [PASSWORD.encode() in part for part in everything] == [False] * len(everything)
    assert b"Authorization: (removed)" in trace
    assert b"response=" not in trace
    assert list((tmp_path / "calls").iterdir()) == []


def family(pid: int) -> list[int]:
    """A process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [pid, *map(int, children)]


async def test_a_confirming_test_goes_by_the_second_trunk_when_the_first_is_dead(
    nats: Nats, tmp_path: Path, secrets: Secrets
) -> None:
    client = await nats.client("probe-runner")
    runner = Runner({Channel.VOICE: make_voice_probe(tmp_path, secrets=secrets)}, tmp_path, "r1")
    async with opened(Gate()) as gate, opened(Gate()) as dead:
        dead.answers = lambda _: []  # type: ignore[method-assign]
        trunks = [{"proxy": "127.0.0.1", "port": one.port} for one in (dead, gate)]
        to = target("sip:1500600@pbx.example", *trunks)
        origins = (Origin.SCHEDULED, Origin.CONFIRMING)
        facts = [await runner.run(client.jetstream(), job(to, origin=origin), to) for origin in origins]
    await client.close()

    by = [step.note for fact in facts for step in fact.steps if step.name == "called_by_trunk"]
    assert by == ["trunk-0", "trunk-1"]
    assert [fact.state for fact in facts] == ["not_reached", "answered"]
    assert facts[0].accessibility.cause is Cause.TELCO_SETUP_TIMEOUT


@needs_ipv6
async def test_a_far_end_with_ipv6_alone_is_not_blamed_for_what_our_library_lacks(
    tmp_path: Path, secrets: Secrets
) -> None:
    async with far_end(host="[::1]") as far:
        outcome = await probed(tmp_path, target(f"sip:1500600@[::1]:{far.port}"), secrets)

    assert verdict(outcome) == (Result.INCONCLUSIVE, Cause.PROBER_NO_TRANSPORT)


@needs_ipv6
@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_our_own_line_is_proven_over_ipv6_too(transport: str, tmp_path: Path) -> None:
    assert await trouble_of_own_line(tmp_path, "::1", transport) == ""
