"""What the distribution brings to the tests: an independent SIP peer and sounds made by people.

``python tests/packages.py`` installs what is missing where it can (as root, with apt-get), or says in one line each
what will not run without it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

SOUNDS = Path("/usr/share/asterisk")


def _has_program(name: str) -> Callable[[], bool]:
    return lambda: shutil.which(name) is not None


def _has_sounds(language: str) -> Callable[[], bool]:
    return lambda: any((SOUNDS / "sounds").glob(f"{language}*"))


def _has_music() -> bool:
    return (SOUNDS / "moh").is_dir()


WANTED: dict[str, tuple[Callable[[], bool], str]] = {
    "sip-tester": (_has_program("sipp"), "calls with an independent SIP peer"),
    "espeak-ng": (_has_program("espeak-ng"), "the corpus' Indonesian voices"),
    "flite": (_has_program("flite"), "more of the corpus' voices"),
    "asterisk-core-sounds-en-wav": (_has_sounds("en"), "the corpus' recordings of people"),
    "asterisk-core-sounds-es-wav": (_has_sounds("es"), "the corpus' recordings of people"),
    "asterisk-core-sounds-fr-wav": (_has_sounds("fr"), "the corpus' recordings of people"),
    "asterisk-core-sounds-it-wav": (_has_sounds("it"), "the corpus' recordings of people"),
    "asterisk-core-sounds-ru-wav": (_has_sounds("ru"), "the corpus' recordings of people"),
    "asterisk-prompt-fr-armelle": (_has_sounds("fr"), "the corpus' recordings of people"),
    "asterisk-prompt-it-menardi": (_has_sounds("it"), "the corpus' recordings of people"),
    "asterisk-prompt-es-co": (_has_sounds("es"), "the corpus' recordings of people"),
    "asterisk-moh-opsound-wav": (_has_music, "the corpus' hold music"),
}
"""Debian's package, whether what it brings is there, and what it is for."""


def missing() -> dict[str, str]:
    """What is not there, and what will not run without it."""
    return {package: use for package, (is_there, use) in WANTED.items() if not is_there()}


def ensure() -> dict[str, str]:
    """Install what is missing, if this user may; what is still missing then."""
    if missing() and os.geteuid() == 0 and shutil.which("apt-get"):
        install = f"apt-get update -qq && apt-get install -y -qq --no-install-recommends {' '.join(WANTED)}"
        subprocess.run(["sh", "-c", install], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return missing()


if __name__ == "__main__":
    for package, use in ensure().items():
        sys.stderr.write(f"{package} is not installed: {use}\n")
