"""The import rule, executable: services share contracts, never code; nobody imports a service."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = {
    "shared": ROOT / "shared" / "shared",
    "probe_runner": ROOT / "services" / "probe-runner" / "probe_runner",
    "escalation": ROOT / "services" / "escalation" / "escalation",
    "reporting": ROOT / "services" / "reporting" / "reporting",
    "dashboard": ROOT / "services" / "dashboard" / "dashboard",
    "sambung": ROOT / "sambung",
}
LAB = PACKAGES["sambung"] / "lab"
ALLOWED = {name: {name, "shared"} for name in PACKAGES}

# One technology, one room.
HOMES = {
    "pjsua2": {"probe_runner/voice/call/worker/"},
    "baresip": {"sambung/lab"},
    "websockets": {"probe_runner/digital"},
    "eventsourcing": {"escalation"},
    "sqlalchemy": {"reporting"},
    "streamlit": {"dashboard"},
    "typer": {"sambung", "probe_runner/__main__.py", "probe_runner/terminal.py"},
}


def modules(package: str) -> Iterator[Path]:
    for path in sorted(PACKAGES[package].rglob("*.py")):
        if package != "sambung" or LAB not in path.parents:
            yield path


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names.add(node.module or "")
    return names


def roots(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imported(path)}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_of_ours_only_itself_and_shared(package):
    strangers = {
        str(path.relative_to(ROOT)): others
        for path in modules(package)
        if (others := roots(path) & set(PACKAGES) - ALLOWED[package])
    }

    assert strangers == {}


def test_the_lab_knows_nothing_of_us():
    for path in sorted(LAB.rglob("*.py")):
        ours = {name for name in imported(path) if name.split(".")[0] in PACKAGES}

        assert all(name == "sambung.lab" or name.startswith("sambung.lab.") for name in ours), (path, ours)


def test_shared_imports_no_service_and_not_the_terminal():
    for path in modules("shared"):
        assert not roots(path) & (set(PACKAGES) - {"shared"}), path


@pytest.mark.parametrize("technology", HOMES)
def test_a_technology_lives_in_one_room(technology):
    found = set()
    for package, folder in PACKAGES.items():
        for path in sorted(folder.rglob("*.py")):
            if technology in roots(path):
                found.add(f"{package}/{path.relative_to(folder)}")

    assert found, f"nothing imports {technology}: drop the dependency"
    assert {place for place in found if not any(place.startswith(home) for home in HOMES[technology])} == set()


CLOCKS = {("datetime", "now"), ("time", "time"), ("date", "today"), ("datetime", "utcnow")}
PURE = (
    "shared/vocabulary.py",
    "shared/events.py",
    "shared/asks.py",
    "shared/ticket_view.py",
    "probe_runner/target.py",
    "probe_runner/plan.py",
    "probe_runner/schedule.py",
    "probe_runner/conclusion.py",
    "probe_runner/caps.py",
    "probe_runner/voice_target.py",
    "probe_runner/words.py",
    "probe_runner/voice/timeline.py",
    "probe_runner/voice/judge/judgement.py",
    "probe_runner/voice/judge/reading.py",
    "probe_runner/voice/judge/network.py",
    "probe_runner/voice/judge/access.py",
    "probe_runner/voice/judge/agent.py",
    "probe_runner/voice/judge/certainty.py",
    "probe_runner/voice/judge/reasons.py",
    "probe_runner/voice/judge/measures.py",
    "probe_runner/voice/judge/concerns.py",
    "probe_runner/voice/judge/verdict.py",
    "probe_runner/voice/ear/sound.py",
    "probe_runner/voice/ear/hearing.py",
    "probe_runner/voice/ear/tones.py",
    "probe_runner/voice/ear/repeats.py",
    "probe_runner/voice/call/agent_event.py",
    "probe_runner/voice/memory/hindsight.py",
    "probe_runner/voice/memory/comparison.py",
    "probe_runner/voice/memory/learning.py",
    "probe_runner/digital/verdict.py",
    "probe_runner/digital/dialogue.py",
    "escalation/ticket.py",
    "escalation/docket.py",
    "reporting/projection.py",
    "reporting/periods.py",
)


@pytest.mark.parametrize("place", PURE)
def test_a_pure_room_has_no_clock_no_chance_and_no_wire(place):
    package, _, rest = place.partition("/")
    path = PACKAGES[package] / rest
    calls = {
        (node.func.value.id, node.func.attr)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name)
    }
    forbidden = {"nats", "faststream", "sqlalchemy", "asyncio", "random", "socket", "requests", "httpx", "subprocess"}

    assert calls & CLOCKS == set()
    assert not any(name == "uuid4" for _, name in calls)
    assert roots(path) & forbidden == set()


def test_nothing_is_made_at_import():
    for package in PACKAGES:
        for path in modules(package):
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
                name = getattr(getattr(value, "func", None), "id", "")

                assert name not in {"NatsBroker", "AsgiFastStream", "Settings", "create_engine"}, (path, name)
