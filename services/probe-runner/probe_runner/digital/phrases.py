"""What bots say about closing hours, queues and handing over, in Indonesian and English. Decides nothing."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

CLOSED = (
    "di luar jam",
    "diluar jam",
    "luar jam operasional",
    "luar jam layanan",
    "layanan telah tutup",
    "layanan sedang tutup",
    "sudah tutup",
    "sedang libur",
    "tidak ada petugas",
    "tidak ada agen",
    "belum ada agen yang tersedia",
    "silakan hubungi kembali",
    "silakan kembali lagi",
    "tiket telah dibuat",
    "kami akan menghubungi anda",
    "outside office hours",
    "outside business hours",
    "outside our operating hours",
    "out of office",
    "we are closed",
    "we're closed",
    "currently closed",
    "no agents are available",
    "no agent is available",
    "agents are offline",
    "please try again later",
    "we will reply",
    "we'll reply",
    "a ticket has been created",
)
"""Nobody will come."""

WAITING = (
    "antrean",
    "antrian",
    "sedang sibuk",
    "masih melayani pelanggan lain",
    "mohon tunggu",
    "mohon menunggu",
    "harap tunggu",
    "in the queue",
    "your position",
    "agents are busy",
    "please wait",
    "please hold",
    "estimated wait",
)
"""Nobody has come yet."""

CLAIMS = (
    "menghubungkan",
    "hubungkan anda",
    "dihubungkan dengan",
    "terhubung dengan",
    "dialihkan",
    "mengalihkan",
    "menyambungkan",
    "connecting you",
    "transferring you",
    "you are now connected",
    "connected to an agent",
)
"""A machine's promise."""


def first_phrase(phrases: Iterable[str], text: str) -> str | None:
    """The first of the phrases that stands in the text; case and spacing do not matter."""
    folded = _fold(text)
    return next((phrase for phrase in phrases if _fold(phrase) in folded), None)


@lru_cache(maxsize=2_048)  # a conversation is read again after each of its events
def _fold(text: str) -> str:
    return " ".join(text.split()).casefold()
