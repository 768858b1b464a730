"""Make the table in docs/status-words.md: what becomes of each status word that a card can give.

usage: python docs/make_status_word_table.py
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

from iso7816.status_words import SW, is_success, status_phrase
from scardmgr.com.errors import HResultError
from scardmgr.providers.card_errors import Purpose, hresult_of_status

PAGE = Path(__file__).with_name("status-words.md")
BEGIN, END = "<!-- words: begin -->\n", "<!-- words: end -->"
COUNTER = 0x63C0
#: Words that stand for more than themselves.
NAMES = {0x6202: "6202 to 6280", COUNTER: "63CX", 0x6402: "6402 to 6480"}


def table() -> str:
    """The table, in Markdown."""
    lines = ["| word | means | HRESULT | where it was about |", "|---|---|---|---|"]
    words = sorted({int(word) for word in SW if not is_success(word)} | set(NAMES))
    for word in words:
        name, meaning = NAMES.get(word, f"{word:04X}"), status_phrase(word)
        if word == COUNTER:
            meaning = "verification failed or not done, X tries left"
        for code, where in _codes(word).items():
            lines.append(f"| {name} | {meaning} | {code} | {where} |")
            name = meaning = ""
    return "\n".join(lines) + "\n"


def _codes(word: int) -> dict[str, str]:
    """Each HRESULT that the word becomes, and about what; the one that it mostly becomes is the last."""
    found = defaultdict(list)
    for purpose in Purpose:
        found[HResultError(hresult_of_status(word, purpose)).name].append(purpose.value)
    mostly = max(found, key=lambda code: len(found[code]))
    codes = {code: ", ".join(purposes) for code, purposes in found.items() if code != mostly}
    return codes | {mostly: "anything else" if codes else ""}


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    pattern = re.escape(BEGIN) + ".*?" + re.escape(END)
    PAGE.write_text(re.sub(pattern, lambda _: BEGIN + table() + END, text, flags=re.DOTALL), encoding="utf-8")
