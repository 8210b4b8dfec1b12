from __future__ import annotations

import pytest

from dashboard import evidence
from shared.vocabulary import EvidenceKind


def test_every_kind_of_evidence_has_its_place() -> None:
    assert set(evidence.ORDER) == set(EvidenceKind)


@pytest.mark.parametrize(("count", "said"), [(0, "0 B"), (999, "999 B"), (23_940, "24 kB"), (2_500_000, "2.5 MB")])
def test_bytes_are_said_for_people(count: int, said: str) -> None:
    assert evidence.size(count) == said
