"""A pinentry that knows its answers beforehand, and notes what it was asked: gpg-agent starts it and speaks Assuan.

The folder in ``SCRIPTED_PINENTRY`` holds ``answers``, pairs of words and an answer, in JSON: a window with these words
is given the answer of the first such pair, which is then used up, unless it is the last one with the words. A window
that wants a PIN again is given the last answer again; one that no pair is for is closed, and so is the fiftieth. The
folder gets ``asked``: what stood in each window, a line of JSON.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from urllib.parse import unquote

AGAIN = "Repeat this PIN"
MOST = 50


def main() -> None:
    folder = Path(os.environ["SCRIPTED_PINENTRY"])
    window = {"SETDESC": "", "SETERROR": "", "SETPROMPT": ""}
    say("OK at your service")
    for line in sys.stdin:
        command, _, argument = line.strip().partition(" ")
        if command in window:
            window[command] = unquote(argument)
        elif command == "GETPIN":
            answer = answered(folder, "\n".join(window.values()))
            window["SETERROR"] = ""
            if answer is None:
                say("ERR 83886179 Operation cancelled <Pinentry>")
                continue
            say(f"D {answer}")
        elif command == "GETINFO" and argument == "pid":
            say(f"D {os.getpid()}")
        say("OK")
        if command == "BYE":
            break


def answered(folder: Path, text: str) -> str | None:
    """The answer to a window, ``None`` to close it."""
    asked, answers, last = (folder / name for name in ("asked", "answers", "last"))
    with asked.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(text) + "\n")
    if len(asked.read_text(encoding="utf-8").splitlines()) >= MOST:
        return None
    if AGAIN in text:
        return last.read_text(encoding="utf-8")
    pairs = json.loads(answers.read_text(encoding="utf-8"))
    index = next((index for index, (words, _answer) in enumerate(pairs) if words in text), None)
    if index is None:
        return None
    words, answer = pairs[index]
    if any(words == other for other, _answer in pairs[index + 1 :]):
        del pairs[index]
        answers.write_text(json.dumps(pairs), encoding="utf-8")
    last.write_text(answer, encoding="utf-8")
    return str(answer)


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
