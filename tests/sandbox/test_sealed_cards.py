"""Sealed images on the command line: sealing them, and every command that takes a card; passphrases stay unseen."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emulator import Card, CardImageSealed, WrongPassphrase, seal_image
from emulator.images.sealing import scrypt_cost
from emulator.images.sealing.scrypt_cost import ScryptCost

PASSPHRASE, ANOTHER = "quite secret", "even more secret"
VARIABLE = "SCARDMGR_PASSPHRASE"
WRITE = ("00A4000C020100", "00D6000004CAFEBABE")
WRITER = """
from smartcard.System import readers
connection = readers()[0].createConnection()
connection.connect()
for command in ("00A4000C020100", "00D6000004CAFEBABE"):
    assert connection.transmit(list(bytes.fromhex(command)))[1] == 0x90
"""


@pytest.fixture(autouse=True)
def no_passphrase_around(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(scrypt_cost, "DEFAULT_COST", ScryptCost(4, 2, 1))


@pytest.fixture
def sealed(image: Path) -> Path:
    seal_image(image, PASSPHRASE)
    return image


@pytest.fixture
def file(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """A file with a passphrase in it."""

    def write(content: bytes) -> str:
        path = tmp_path_factory.mktemp("passphrase") / "file"
        path.write_bytes(content)
        return str(path)

    return write


def free_file(path: Path, passphrase: str | None = PASSPHRASE) -> str:
    with Card.open(path, "copy", passphrase=passphrase) as card:
        card.power_on()
        card.transmit(bytes.fromhex("00A4000C020100"))
        return card.transmit(bytes.fromhex("00B0000004"))[:-2].hex()


def opens_with(path: Path, passphrase: str | None) -> bool:
    try:
        Card.open(path, "copy", passphrase=passphrase).close()
    except (CardImageSealed, WrongPassphrase):
        return False
    return True


def test_an_image_is_sealed_changed_and_unsealed(image: Path, scard: Any, file: Any) -> None:
    done = scard("seal", str(image), **{VARIABLE: PASSPHRASE})
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{image} is sealed\n", "")
    assert opens_with(image, PASSPHRASE)
    assert not opens_with(image, None)
    done = scard("passphrase", str(image), SCARDMGR_NEW_PASSPHRASE=ANOTHER, **{VARIABLE: PASSPHRASE})
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{image} has a new passphrase\n", "")
    assert opens_with(image, ANOTHER)
    assert not opens_with(image, PASSPHRASE)
    done = scard("unseal", str(image), "--passphrase-file", file(ANOTHER.encode()))
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{image} is not sealed any more\n", "")
    assert opens_with(image, None)


def test_files_with_passphrases(image: Path, scard: Any, file: Any) -> None:
    old, new = file(b"quite secret\r\nand a note\n"), file("gepr\u00fcft".encode())
    assert scard("seal", str(image), "--passphrase-file", old).returncode == 0
    assert opens_with(image, PASSPHRASE)
    done = scard("passphrase", str(image), "--passphrase-file", old, "--new-passphrase-file", new)
    assert (done.returncode, done.stderr) == (0, "")
    assert opens_with(image, "gepru\u0308ft")


def test_a_file_goes_before_the_environment(sealed: Path, scard: Any, file: Any) -> None:
    done = scard("ls", "--card", str(sealed), "--passphrase-file", file(b"quite secret"), **{VARIABLE: "another"})
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "shows"),
    [
        (("atr",), "3B"),
        (("ls",), "3F00/7F10"),
        (("show",), "of the profile iso7816"),
        (("cat", "3F00/7F10/6F01"), "Hello"),
        (("apdu", "00A4000C023F00"), "9000"),
    ],
)
def test_every_command_that_takes_a_card_takes_a_sealed_one(
    sealed: Path, scard: Any, file: Any, arguments: tuple[str, ...], shows: str
) -> None:
    before = sealed.read_bytes()
    command, *rest = arguments
    card = (str(sealed),) if command == "show" else ("--card", str(sealed))
    for given, environment in ((("--passphrase-file", file(b"quite secret")), {}), ((), {VARIABLE: PASSPHRASE})):
        done = scard(command, *card, *given, *rest, **environment)
        assert (done.returncode, done.stderr) == (0, "")
        assert shows in done.stdout
    for problem, environment in (("--passphrase-file FILE", {}), ("another passphrase", {VARIABLE: "wrong one"})):
        done = scard(command, *card, *rest, **environment)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (3, "", 1)
        assert problem in done.stderr
        assert VARIABLE in done.stderr or environment
        assert "wrong one" not in done.stderr
    if command != "apdu":
        assert sealed.read_bytes() == before


def test_what_a_command_changes_stays_sealed(sealed: Path, scard: Any) -> None:
    done = scard("apdu", "--card", str(sealed), *WRITE, **{VARIABLE: PASSPHRASE})
    assert done.returncode == 0, done.stderr
    assert free_file(sealed) == "cafebabe"
    assert not opens_with(sealed, None)


def test_a_passphrase_that_is_around_does_no_harm_to_what_is_not_sealed(image: Path, scard: Any, file: Any) -> None:
    for card in ("iso7816", str(image)):
        done = scard("ls", "--card", card, "--passphrase-file", file(b"quite secret"), **{VARIABLE: PASSPHRASE})
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("via", ["pcscd", "embedded"])
def test_a_program_runs_with_a_sealed_card(sealed: Path, scard: Any, file: Any, via: str) -> None:
    program = (sys.executable, "-c", WRITER)
    before = free_file(sealed)
    options = ("run", "--via", via, "--card", str(sealed), "--passphrase-file", file(b"quite secret"))
    done = scard(*options, "--ephemeral", "--", *program)
    assert (done.returncode, done.stderr) == (0, "")
    assert free_file(sealed) == before
    done = scard(*options, "--save", f"{sealed}.copy", "--", *program)
    assert (done.returncode, done.stderr) == (0, "")
    for path in (sealed, Path(f"{sealed}.copy")):
        assert free_file(path) == "cafebabe"
        assert not opens_with(path, None)


def test_a_program_is_not_told_the_passphrase(sealed: Path, scard: Any, file: Any) -> None:
    """With the card in its own process it is told what opens this image, and nothing else."""
    text = "import os, sys; sys.stdout.write(repr(dict(os.environ)))"
    for via in ("pcscd", "embedded"):
        given = ("--passphrase-file", file(b"quite secret"))
        done = scard("run", "--via", via, "--card", str(sealed), *given, "--", sys.executable, "-c", text)
        assert (done.returncode, done.stderr) == (0, "")
        assert PASSPHRASE not in done.stdout
        assert ("'SCARDMGR_RUN_KEY': ''" in done.stdout) == (via == "pcscd")


@pytest.mark.parametrize("via", ["pcscd", "embedded"])
def test_what_a_program_made_of_a_profile_is_sealed_as_it_is_saved(
    tmp_path: Path, scard: Any, file: Any, via: str
) -> None:
    out = tmp_path / "out.card"
    with Card.from_profile("iso7816") as card:
        card.save(out)
    assert b"12345678" in out.read_bytes(), "the PUK of the profile"
    out.unlink()
    # Whatever is in the folder while the program runs is looked at, too.
    look = f"import pathlib\nfor path in pathlib.Path({str(tmp_path)!r}).rglob('*.card*'):\n"
    look += "    assert b'12345678' not in path.read_bytes(), path\n"
    options = ("--save", str(out), "--seal", "--seal-passphrase-file", file(b"quite secret"))
    done = scard("run", "--via", via, "--card", "iso7816", *options, "--", sys.executable, "-c", f"{WRITER}\n{look}")
    assert (done.returncode, done.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == [out]
    assert free_file(out) == "cafebabe"
    assert not opens_with(out, None)
    assert b"12345678" not in out.read_bytes()


@pytest.mark.parametrize("via", ["pcscd", "embedded"])
def test_a_sealed_image_is_saved_with_a_seal_of_another_passphrase(
    sealed: Path, scard: Any, file: Any, via: str
) -> None:
    out = sealed.with_name("out.card")
    given = ("--passphrase-file", file(b"quite secret"), "--seal-passphrase-file", file(b"even more secret"))
    options = ("--card", str(sealed), "--save", str(out), "--seal", *given)
    done = scard("run", "--via", via, *options, "--", sys.executable, "-c", WRITER)
    assert (done.returncode, done.stderr) == (0, "")
    assert free_file(out, ANOTHER) == free_file(sealed) == "cafebabe"
    assert not opens_with(out, PASSPHRASE)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--seal",), "--seal is about the image of --save"),
        (("--save", "{out}", "--seal"), "give --seal-passphrase-file FILE, or set the variable SCARDMGR_PASSPHRASE"),
        (("--save", "{out}", "--seal", "--seal-passphrase-file", "{out}"), "No such file"),
        (("--save", "{out}", "--seal-passphrase-file", "{out}"), "--seal-passphrase-file belongs to --seal"),
    ],
)
def test_a_seal_that_cannot_be_runs_nothing(tmp_path: Path, scard: Any, options: tuple[str, ...], says: str) -> None:
    given = (option.format(out=tmp_path / "out.card") for option in options)
    done = scard("run", "--card", "iso7816", *given, "--", sys.executable, "-c", "print(1)")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (125, "", 1), done.stderr
    assert says in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_killed_program_leaves_one_sealed_file(sealed: Path, scard: Any) -> None:
    text = f"{WRITER}\nimport os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    done = scard(
        "run", "--via", "embedded", "--card", str(sealed), "--", sys.executable, "-c", text, **{VARIABLE: PASSPHRASE}
    )
    assert done.returncode == 128 + signal.SIGKILL
    assert list(sealed.parent.iterdir()) == [sealed]
    assert free_file(sealed) == "cafebabe"


def test_an_image_that_is_sealed_anew_meanwhile_is_told(sealed: Path, scard: Any) -> None:
    """The process has what opened the image when it was looked at."""
    text = (
        "import sys; from emulator import change_passphrase; from smartcard.System import readers\n"
        f"change_passphrase({str(sealed)!r}, {PASSPHRASE!r}, {ANOTHER!r}); print(len(readers()))"
    )
    run = ("run", "--via", "embedded", "--card", str(sealed), "--", sys.executable, "-c", text)
    done = scard(*run, **{VARIABLE: PASSPHRASE})
    assert (done.returncode, done.stdout) == (0, "2\n")
    assert done.stderr.count("\n") == 1
    assert "is sealed with another passphrase: this process finds its reader empty" in done.stderr


def test_a_run_without_the_passphrase_runs_nothing(sealed: Path, scard: Any) -> None:
    for via in ("pcscd", "embedded"):
        for environment in ({}, {VARIABLE: "wrong one"}):
            done = scard(
                "run", "--via", via, "--card", str(sealed), "--", sys.executable, "-c", "print(1)", **environment
            )
            assert (done.returncode, done.stdout, done.stderr.count("\n")) == (125, "", 1)
            assert "passphrase" in done.stderr


def test_serve_takes_a_sealed_card(sealed: Path, scard: Any) -> None:
    done = scard("serve", "--card", str(sealed), "--vpcd", "localhost:1")
    assert (done.returncode, done.stderr.count("\n")) == (3, 1)
    assert "--passphrase-file" in done.stderr
    done = scard("serve", "--card", str(sealed), "--vpcd", "localhost:1", **{VARIABLE: PASSPHRASE})
    assert (done.returncode, done.stderr.count("\n")) == (3, 1)
    assert "localhost:1" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("seal", "{sealed}"), 1, "sealed already"),
        (("unseal", "{sealed}"), 0, ""),
        (("unseal", "{plain}"), 1, "is not sealed"),
        (("passphrase", "{plain}"), 1, "is not sealed"),
        (("seal", "{none}"), 3, "no card image"),
        (("unseal", "{none}"), 3, "no card image"),
        (("seal", "{text}"), 3, "is not a card image"),
        (("passphrase", "{sealed}", "--passphrase-file", "{text}"), 1, "another passphrase"),
        (("unseal", "{sealed}", "--passphrase-file", "{none}"), 3, "No such file"),
        (("unseal", "{sealed}", "--passphrase-file", "{empty}"), 3, "not empty"),
        (("unseal", "{sealed}", "--passphrase-file", "{latin}"), 3, "UTF-8"),
        (("unseal", "{sealed}", "--passphrase-file", "/"), 3, "directory"),
        (("unseal", "{sealed}", "--passphrase-file", "/dev/zero"), 1, "another passphrase"),
        (("seal",), 2, "IMAGE"),
        (("seal", "{plain}", "--passphrase", "quite secret"), 2, "--passphrase"),
    ],
)
def test_each_mistake_is_told_in_one_line(
    sealed: Path, tmp_path: Path, scard: Any, arguments: tuple[str, ...], status: int, says: str
) -> None:
    there = {"sealed": sealed, "plain": tmp_path / "plain.card", "none": tmp_path / "none", "text": tmp_path / "letter"}
    there |= {"empty": tmp_path / "empty", "latin": tmp_path / "latin"}
    with Card.from_profile("iso7816") as card:
        card.save(there["plain"])
    there["text"].write_text("Dear Sir,\n")
    there["empty"].write_text("\n")
    there["latin"].write_bytes(b"gepr\xfcft\n")
    done = scard(
        *(each.format(**there) for each in arguments), SCARDMGR_NEW_PASSPHRASE=ANOTHER, **{VARIABLE: PASSPHRASE}
    )
    assert (done.returncode, done.stderr.count("\n")) == (status, int(status != 0)), done.stderr
    assert says in done.stderr
    assert PASSPHRASE not in done.stderr
    assert ANOTHER not in done.stderr
    assert "gepr" not in done.stderr


def test_bytes_that_are_no_text_in_the_environment(sealed: Path, scard: Any) -> None:
    done = scard("ls", "--card", str(sealed), **{VARIABLE: "gepr\udcfcft"})
    assert (done.returncode, done.stderr.count("\n")) == (3, 1)
    assert VARIABLE in done.stderr
    assert "gepr" not in done.stderr


def conversation(command: tuple[str, ...], *lines: tuple[str, str]) -> tuple[int, str]:
    """A command on a terminal of its own, with answers to what it asks; its exit status and what the terminal shows."""
    leader, follower = pty.openpty()
    shown = b""
    with subprocess.Popen(
        ["setsid", "--ctty", "--wait", *command], stdin=follower, stdout=follower, stderr=follower
    ) as process:
        os.close(follower)
        try:
            for question, answer in lines:
                asked = b""
                while question.encode() not in asked:
                    asked += os.read(leader, 1)
                os.write(leader, f"{answer}\n".encode())
                shown += asked
            while True:
                shown += os.read(leader, 1)
        except OSError:  # the other end is closed
            status = process.wait(timeout=60)
        finally:
            os.close(leader)
    return status, shown.decode()


def test_on_a_terminal_it_is_asked_for_and_not_shown(image: Path, scard_command: tuple[str, ...]) -> None:
    status, shown = conversation(
        (*scard_command, "seal", str(image)),
        ("New passphrase: ", PASSPHRASE),
        ("Repeat for confirmation: ", "a typing mistake"),
        ("New passphrase: ", PASSPHRASE),
        ("Repeat for confirmation: ", PASSPHRASE),
    )
    assert status == 0, shown
    assert f"{image} is sealed" in shown
    assert PASSPHRASE not in shown
    assert opens_with(image, PASSPHRASE)
    status, more = conversation((*scard_command, "ls", "--card", str(image)), ("Passphrase: ", PASSPHRASE))
    assert status == 0, more
    assert "7F10" in more
    assert PASSPHRASE not in more


def test_on_a_terminal_a_new_card_is_sealed_with_what_is_typed(tmp_path: Path, scard_command: tuple[str, ...]) -> None:
    out = tmp_path / "new.card"
    new = (*scard_command, "new", "piv", str(out), "--generate", "p256", "--seal")
    status, shown = conversation(new, ("New passphrase: ", PASSPHRASE), ("Repeat for confirmation: ", PASSPHRASE))
    assert status == 0, shown
    assert PASSPHRASE not in shown
    assert opens_with(out, PASSPHRASE)
    assert not opens_with(out, None)


def test_on_a_terminal_it_is_asked_for_once(sealed: Path, scard_command: tuple[str, ...]) -> None:
    out = sealed.with_name("out.card")
    run = ("run", "--via", "embedded", "--card", str(sealed), "--save", str(out), "--", sys.executable, "-c", WRITER)
    status, shown = conversation((*scard_command, *run), ("Passphrase: ", PASSPHRASE))
    assert status == 0, shown
    assert "Passphrase" not in shown.partition("Passphrase: ")[2]
    assert free_file(out) == "cafebabe"
    assert not opens_with(out, None)
