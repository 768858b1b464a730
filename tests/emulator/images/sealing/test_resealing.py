"""An image is sealed, unsealed and given another passphrase at once or not at all, and nothing of it stays behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from stat import S_ISDIR
from typing import Any

import pytest

from emulator import (
    Card,
    CardImageError,
    CardImageLocked,
    CardImageMissing,
    CardImageNotSealed,
    CardImageSealed,
    NotACardImage,
    Passphrase,
    WrongPassphrase,
    change_passphrase,
    seal_image,
    unseal_image,
)
from emulator.images import saving
from emulator.images.sealing import key_derivation

EARLIER = Path(__file__).parents[1] / "earlier"
OLD, NEW = "the old one", "the new one"
WAYS: dict[str, Callable[[Path], None]] = {
    "seal": lambda path: seal_image(path, NEW),
    "unseal": lambda path: unseal_image(path, OLD),
    "change": lambda path: change_passphrase(path, OLD, NEW),
}
BEFORE = {"seal": None, "unseal": OLD, "change": OLD}


def image_for(way: str, card: Card, path: Path) -> Path:
    card.save(path, passphrase=BEFORE[way])
    return path


def test_there_and_back(image: Path, observe: Any, card: Card) -> None:
    expected, plain = observe(card), image.read_bytes()
    seal_image(image, OLD)
    change_passphrase(image, OLD.encode(), Passphrase(NEW))
    with pytest.raises(WrongPassphrase):
        Card.open(image, passphrase=OLD)
    with Card.open(image, passphrase=NEW) as opened:
        assert observe(opened) == expected
    unseal_image(image, NEW)
    with Card.open(image) as opened:
        assert observe(opened) == expected
    assert len(image.read_bytes()) == len(plain)
    assert list(image.parent.iterdir()) == [image]


def test_no_secret_of_an_image_stays_behind_when_it_is_sealed(
    image: Path, make_terminal: Any, secrets_of: Any, passphrase: str
) -> None:
    """Not even of those that it had before, in pages that are free."""
    with Card.open(image) as card:
        terminal = make_terminal(card)
        old = secrets_of(card)
        terminal.ok("00240001083132333439393939")
        assert terminal.verify(1, b"9999") == "9000"
        terminal.ok("00A4000C023F00", "00E40000027F10")
        new = secrets_of(card)
    secrets = {*old.values(), *new.values()}
    assert any(secret in image.read_bytes() for secret in secrets)
    seal_image(image, passphrase)
    assert [secret for secret in secrets if secret in image.read_bytes()] == []
    assert list(image.parent.iterdir()) == [image]


def test_what_a_killed_process_left_beside_an_image_is_sealed_with_it(
    image: Path, tmp_path_factory: pytest.TempPathFactory, passphrase: str
) -> None:
    left = tmp_path_factory.mktemp("left")
    with Card.open(image) as card:
        card.power_on()
        assert card.transmit(bytes.fromhex("00240001083132333439393939")) == b"\x90\x00"
        for path in image.parent.glob("card.image*"):
            (left / path.name).write_bytes(path.read_bytes())
    path = left / image.name
    assert path.with_name(f"{path.name}-wal").exists()
    with pytest.raises(CardImageNotSealed):
        unseal_image(path, passphrase)
    assert path.with_name(f"{path.name}-wal").exists()
    seal_image(path, passphrase)
    assert list(left.iterdir()) == [path]
    assert b"9999" not in path.read_bytes()
    with Card.open(path, passphrase=passphrase) as card:
        assert card._state.chvs[(0, 1)].value == b"9999"


@pytest.mark.parametrize("version", [1, 2])
def test_an_image_of_an_earlier_format_is_sealed_as_what_it_is(version: int, tmp_path: Path, observe: Any) -> None:
    import sqlite3
    from contextlib import closing

    path = tmp_path / "old.card"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((EARLIER / f"version-{version}.sql").read_text(encoding="utf-8"))
    with Card.open(path, "copy") as card:
        expected = observe(card)
    seal_image(path, NEW)
    assert b"999999" not in path.read_bytes()
    with Card.open(path, passphrase=NEW) as card:
        assert observe(card) == expected


@pytest.mark.parametrize(
    ("act", "refusal", "says"),
    [
        (lambda path: seal_image(path, NEW), CardImageSealed, "sealed already"),
        (lambda path: unseal_image(path, NEW), WrongPassphrase, "another passphrase"),
        (lambda path: change_passphrase(path, NEW, OLD), WrongPassphrase, "another passphrase"),
        (lambda path: change_passphrase(path, "correct horse", ""), ValueError, "not empty"),
    ],
)
def test_a_sealed_image_is_left_alone_where_it_is_refused(
    sealed: Path, act: Callable[[Path], None], refusal: type[Exception], says: str
) -> None:
    before = sealed.read_bytes()
    with pytest.raises(refusal, match=says):
        act(sealed)
    assert sealed.read_bytes() == before
    assert list(sealed.parent.iterdir()) == [sealed]


@pytest.mark.parametrize("act", [WAYS["unseal"], WAYS["change"]])
def test_an_image_without_a_seal_has_no_passphrase(image: Path, act: Callable[[Path], None]) -> None:
    before = image.read_bytes()
    with pytest.raises(CardImageNotSealed):
        act(image)
    assert image.read_bytes() == before


def test_an_image_behind_a_link_is_the_one_that_is_sealed(
    image: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    link = tmp_path_factory.mktemp("elsewhere") / "link.card"
    link.symlink_to(image)
    seal_image(link, NEW)
    assert link.is_symlink()
    for path in (image, link):
        with pytest.raises(CardImageSealed):
            Card.open(path)
        Card.open(path, passphrase=NEW).close()


@pytest.mark.parametrize("way", WAYS)
def test_what_is_no_image_is_left_alone(way: str, tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear Sir,")
    with pytest.raises(NotACardImage):
        WAYS[way](letter)
    with pytest.raises(CardImageMissing):
        WAYS[way](tmp_path / "none.card")
    with pytest.raises(CardImageError):
        WAYS[way](tmp_path)
    assert list(tmp_path.iterdir()) == [letter]
    assert letter.read_text() == "Dear Sir,"


@pytest.mark.parametrize("way", WAYS)
def test_an_image_that_is_open_is_left_alone(way: str, card: Card, tmp_path: Path) -> None:
    path = image_for(way, card, tmp_path / "open.card")
    with Card.open(path, passphrase=BEFORE[way]):
        before = {each: each.read_bytes() for each in tmp_path.iterdir()}
        with pytest.raises(CardImageLocked):
            WAYS[way](path)
        assert {each: each.read_bytes() for each in tmp_path.iterdir()} == before
    Card.open(path, passphrase=BEFORE[way]).close()


@pytest.mark.parametrize("way", WAYS)
def test_nobody_opens_an_image_meanwhile(way: str, card: Card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = image_for(way, card, tmp_path / "held.card")
    write, tried = saving.write_state, []

    def opened_meanwhile(*arguments: Any) -> None:
        with pytest.raises(CardImageLocked):
            Card.open(path, passphrase=BEFORE[way])
        tried.append(way)
        write(*arguments)

    monkeypatch.setattr(saving, "write_state", opened_meanwhile)
    WAYS[way](path)
    assert tried == [way]


@pytest.mark.parametrize("way", WAYS)
def test_a_disk_that_is_full_leaves_the_old_image(
    way: str, card: Card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = image_for(way, card, tmp_path / "full.card")
    before = path.read_bytes()

    def fail(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(saving.os, "fsync", fail)
    with pytest.raises(CardImageError, match="No space left"):
        WAYS[way](path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("way", WAYS)
def test_where_there_is_not_enough_memory(
    way: str, card: Card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = image_for(way, card, tmp_path / "large.card")
    before = path.read_bytes()

    class Greedy:
        def __init__(self, **_arguments: object) -> None:
            raise MemoryError

    monkeypatch.setattr(key_derivation, "Scrypt", Greedy)
    with pytest.raises(CardImageError, match="memory"):
        WAYS[way](path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("way", WAYS)
def test_the_new_image_is_on_the_disk_before_it_has_the_name_of_the_old_one(
    way: str, card: Card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the loss of the host's power leaves one of them, too."""
    path = image_for(way, card, tmp_path / "some.card")
    done: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def noted_flush(handle: int) -> None:
        done.append("flush the folder" if S_ISDIR(os.fstat(handle).st_mode) else "flush the file")
        fsync(handle)

    def noted_replace(old: Path, target: Path) -> Path:
        done.append("replace")
        return replace(old, target)

    monkeypatch.setattr(os, "fsync", noted_flush)
    monkeypatch.setattr(Path, "replace", noted_replace)
    WAYS[way](path)
    assert done == ["flush the file", "replace", "flush the folder"]


def test_a_process_that_is_killed_leaves_the_old_image_or_the_new_one(tmp_path: Path) -> None:
    program = Path(__file__).with_name("killed_at_each_call.py")
    done = subprocess.run(
        [sys.executable, str(program), str(tmp_path)], capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert set(told) == set(WAYS)
    for way, found in told.items():
        assert found["wrong"] == [], way
        assert found["old"] > 20, way
        assert found["new"] > 2, way
