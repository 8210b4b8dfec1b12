from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import ValidationError

from probe_runner.pattern import check_pattern, is_found
from probe_runner.target import Turn

ENDLESS = [r"(.|\w)*ZZZ", "(x|x)*y", "^(a|aa)*$", "(a+)+$", r"(\w?){300}" * 2 + "Z"]


@pytest.mark.parametrize("pattern", ENDLESS)
def test_a_pattern_that_python_would_search_for_ever_ends(pattern: str) -> None:
    # In a process of its own: a search that does not end could not be stopped.
    code = "import sys; from probe_runner.pattern import is_found; print(is_found(sys.argv[1], 'xa' * 999 + '!'))"
    ended = subprocess.run([sys.executable, "-c", code, pattern], capture_output=True, timeout=30, check=False)

    assert (ended.returncode, ended.stdout) == (0, b"False\n")


@pytest.mark.parametrize("pattern", [r"(a)\1", "(?=a)b", "(?<!a)b", "(?P<x>a)(?P=x)", "(12"])
def test_a_pattern_that_re2_does_not_know_is_refused_in_words(pattern: str) -> None:
    with pytest.raises(ValidationError, match=r"RE2, which knows no look-around and no backreference: [a-z]"):
        Turn(expect=pattern)


@pytest.mark.parametrize("pattern", [r"(\w?){300}" * 40, ".{0,900}a" * 30])
def test_a_pattern_that_would_grow_too_large_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="pattern too large"):
        check_pattern(pattern)


def test_half_of_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(ValueError, match="surrogate"):
        check_pattern("\ud800")


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("PETUGAS|agen", "Halo, Petugas"),
        (r"\b12\b", "= 12."),
        ("ÉTÉ", "été"),
        ("antre(an)?$", "ANTREAN"),
        ("A+b", "aaB"),
    ],
)
def test_a_pattern_is_found_anywhere_upper_and_lower_case_alike(pattern: str, text: str) -> None:
    assert is_found(check_pattern(pattern), text)
    assert not is_found(pattern, "other")
