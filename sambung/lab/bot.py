"""The chat bot: what it answers to a text, by the RiveScript brain in `bot.rive`; it knows no transport, no queue."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rivescript import RiveScript

if TYPE_CHECKING:
    from sambung.lab.behaviour import ChatBehaviour

BRAIN = Path(__file__).with_name("bot.rive")
START = "mulai"
MENU = "menu"
BUTTONS = ({"payload": "1", "title": "Informasi"}, {"payload": "9", "title": "Bicara dengan petugas"})


@dataclass(frozen=True)
class Reply:
    """What the bot says, whether it shows its menu with it, and whether it asks for a human."""

    text: str
    is_menu: bool = False
    is_handover: bool = False


class Bot:
    """One brain for every visitor; what it remembers of one is forgotten with `forget`."""

    def __init__(self, brain: Path = BRAIN) -> None:
        self._brain = RiveScript(utf8=True)
        self._brain.load_file(str(brain))
        self._brain.sort_replies()

    def reply(self, visitor: str, text: str, behaviour: ChatBehaviour) -> Reply:
        """Answer one text of a visitor the way the bot behaves now."""
        heard = text if behaviour.is_hearing_choices or text == START else MENU
        self._brain.set_uservars(
            visitor,
            {
                "topic": "random" if behaviour.is_reply_right else "stranger",
                "office": "open" if behaviour.is_open else "closed",
                "shown": "",
                "asked": "",
            },
        )
        said = self._brain.reply(visitor, heard)
        return Reply(
            text=said,
            is_menu=self._brain.get_uservar(visitor, "shown") == "menu",
            is_handover=self._brain.get_uservar(visitor, "asked") == "petugas",
        )

    def forget(self, visitor: str) -> None:
        """Drop what is remembered of a visitor."""
        self._brain.clear_uservars(visitor)

    def is_answering(self) -> bool:
        """Tell whether the brain answers its own menu."""
        from_menu = self._brain.reply("readiness", MENU)
        self.forget("readiness")
        return bool(from_menu)
