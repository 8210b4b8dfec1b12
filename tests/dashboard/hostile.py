"""Text that wants to be more than text, and what a browser would make of it."""

from __future__ import annotations

from html.parser import HTMLParser

HOSTILE = "<script>alert(1)</script><img src=x onerror=\"alert(2)\"> & 'quoted'"


class Tags(HTMLParser):
    """Collects what a browser would take for an element, and what for text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data

    @property
    def is_harmless(self) -> bool:
        return not {"script", "img"} & set(self.tags) and not any(name.startswith("on") for name in self.attributes)


def seen(html: str) -> Tags:
    tags = Tags()
    tags.feed(html)
    return tags
