"""``python -m sambung``."""

from sambung.cli import main

main()
