from __future__ import annotations

from probe_runner.places import line_of, places

TEXT = '''title = "a [[b]] # c"
[[target]]
id = 1
"odd key" = [
  "]", # ]
  { a = "}" },
]
note = """
[[target]]
id = 9
"""
[target.voice]
  press = '#"'
[[target.chat.dialogue]]
say = 1
[[target.chat.dialogue]]
say = 2
[[target]]
chat.agent.within = 3
[[target.chat.dialogue]]
say = 3
'''


def test_each_key_is_found_on_its_line() -> None:
    found = places(TEXT)

    assert found["target", 0] == 2
    assert found["target", 0, "id"] == 3
    assert found["target", 0, "odd key"] == 4
    assert found["target", 0, "note"] == 8
    assert found["target", 0, "voice", "press"] == 13
    assert found["target", 0, "chat", "dialogue", 1, "say"] == 17
    assert found["target", 1, "chat", "agent", "within"] == 19
    assert found["target", 1, "chat", "dialogue", 0, "say"] == 21
    assert ("target", 0, "id", 9) not in found


def test_what_has_no_line_of_its_own_is_found_by_what_holds_it() -> None:
    found = places(TEXT)

    assert line_of(found, ("target", 0, "odd key", 1, "a")) == 4
    assert line_of(found, ("target", 7, "id")) == 2
