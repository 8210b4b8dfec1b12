"""Write the golden file of every contract anew: ``python tests/shared/make_golden.py``.

Look at the difference before it is committed: contracts only grow, and whoever stored or sent the old form
must still be understood.
"""

from __future__ import annotations

import sys
from pathlib import Path

GOLDEN = Path(__file__).parent / "golden"


def main() -> None:
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from contracts import SAMPLES  # noqa: PLC0415  the line above makes it importable

    GOLDEN.mkdir(exist_ok=True)
    for sample in SAMPLES:
        (GOLDEN / f"{type(sample).__name__}.json").write_text(sample.model_dump_json(indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
