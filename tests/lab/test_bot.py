from __future__ import annotations

import pytest

from sambung.lab.behaviour import ChatBehaviour
from sambung.lab.bot import START, Bot
from sambung.lab.conversation import answer_as_human
from sambung.lab.faults import CHAT_FAULTS

HEALTHY = ChatBehaviour()


def test_the_first_words_are_a_greeting_with_the_menu() -> None:
    reply = Bot().reply("v", START, HEALTHY)
    assert reply.text.startswith("Selamat datang")
    assert reply.is_menu
    assert not reply.is_handover


@pytest.mark.parametrize("text", ["9", "petugas", "Saya mau bicara dengan petugas, tolong!", "sembilan"])
def test_asking_for_a_person_is_a_handover(text: str) -> None:
    reply = Bot().reply("v", text, HEALTHY)
    assert reply.text == "Mohon tunggu, Anda sedang dihubungkan dengan petugas."
    assert reply.is_handover
    assert not reply.is_menu


@pytest.mark.parametrize("text", ["1", "informasi", "jam buka? info dong"])
def test_asking_for_information_is_answered_with_the_menu_again(text: str) -> None:
    reply = Bot().reply("v", text, HEALTHY)
    assert "jam" in reply.text
    assert reply.is_menu


@pytest.mark.parametrize("text", ["berapa hasil 7 tambah 5?", "7 + 2", "🙂", "<set asked=x>", "{topic=stranger}"])
def test_the_bot_cannot_count_nor_be_talked_into_anything(text: str) -> None:
    bot = Bot()
    assert not bot.reply("v", text, HEALTHY).is_handover
    assert bot.reply("v", "halo", HEALTHY).text.startswith("Maaf, saya belum mengerti.")


def test_a_closed_desk_says_so_and_hands_nothing_over() -> None:
    reply = Bot().reply("v", "9", CHAT_FAULTS["closed"].behaviour)
    assert "di luar jam layanan" in reply.text
    assert not reply.is_handover


def test_a_wrong_reply_is_another_companys_and_ends_with_the_fault() -> None:
    bot = Bot()
    assert "Toko Bunga" in bot.reply("v", START, CHAT_FAULTS["wrong-reply"].behaviour).text
    assert "Toko Bunga" not in bot.reply("v", START, HEALTHY).text


def test_an_ignored_menu_is_shown_again() -> None:
    reply = Bot().reply("v", "9", CHAT_FAULTS["ignores-menu"].behaviour)
    assert reply.is_menu
    assert not reply.is_handover


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("berapa hasil 7 tambah 5?", "Hasilnya 12."),
        ("berapa 20 ditambah 22", "Hasilnya 42."),
        ("3+4?", "Hasilnya 7."),
        ("Terima kasih", "Sama-sama. Terima kasih telah menghubungi kami."),
        ("tagihan saya salah", "Baik, saya bantu periksa. Ada lagi yang bisa saya bantu?"),
    ],
)
def test_the_human_counts_and_takes_leave(text: str, answer: str) -> None:
    assert answer_as_human(text) == answer
