"""The demo's plan: what it tests is the lab, wherever that listens."""

from __future__ import annotations

import shutil
from pathlib import Path


def write_demo_plan(folder: Path, sip: str, http: str) -> Path:
    """Write the plan that tests the lab at ``sip`` and ``http`` (host:port), with its sounds beside it."""
    here = Path(__file__).parent
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(here / "lab" / "prompts", folder / "sounds", dirs_exist_ok=True)
    text = (here / "demo.toml").read_text(encoding="utf-8").replace("{sip}", sip).replace("{http}", http)
    plan = folder / "plan.toml"
    plan.write_text(text, encoding="utf-8")
    return plan
