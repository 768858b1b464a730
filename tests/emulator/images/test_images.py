"""Card images: what is saved, who may open it, and what is refused."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from emulator import (
    Card,
    CardImageError,
    CardImageExists,
    CardImageLocked,
    CardImageMissing,
    NewerCardImage,
    NotACardImage,
)
from emulator.images import saving
from emulator.images.schema import NEWEST_FORMAT_VERSION
from emulator.unit_of_work import WriteFailure


def test_an_image_holds_the_whole_card(
    everything: str, define: Callable[[str], Any], tmp_path: Path, observe: Any
) -> None:
    terminal = define(everything)
    terminal.card.set_protocol(terminal.card._state.identity.protocols[1])
    for number in range(5):
        terminal.ok("00A4000C023F00", "00A4000C027F10", f"00E20020020{number:03X}")
    path = tmp_path / "card.image"
    terminal.card.save(path)
    for mode in ("copy", "rw"):
        with Card.open(path, mode=mode) as opened:  # type: ignore[arg-type]
            assert observe(opened) == observe(terminal.card)
            assert opened._state.identity == terminal.card._state.identity
            for index in ("children", "short_ids", "names", "sorted_names", "allocated", "next_number"):
                assert getattr(opened._state, index) == getattr(terminal.card._state, index), index


def test_what_is_changed_in_rw_is_in_the_image(image: Path, make_terminal: Any, observe: Any) -> None:
    with Card.open(image) as card:
        terminal = make_terminal(card)
        terminal.verify()
        terminal.ok("00A4000C020100", "00D600000401020304")
        terminal.ok("00A4000C023F00", "00E000000D620B8002001082010183026F10", "00D6000002CAFE")
        terminal.ok("00A4000C023F00", "00A4000C027F10", "00DC011C03313131", "00DC021C0132", "00DC031C0133")
        terminal.ok("00E20020080000000000000003", "00DC02240800000000000000FF", "00E200180441424344")
        terminal.ok("00240001083132333434333231")
        terminal.verify(0x81, b"0000")
        terminal.ok("00DA5F20024142")
        expected = observe(card)
    with Card.open(image, mode="copy") as card:
        assert observe(card) == expected
        terminal = make_terminal(card)
        assert terminal.verify(1, b"4321") == "9000"
        terminal.select("7F10")
        assert terminal.sw("00200081") == "63C2"


def test_a_copy_leaves_the_image_as_it_is(image: Path, make_terminal: Any) -> None:
    before = image.read_bytes()
    with Card.open(image, mode="copy") as card, Card.open(image, mode="copy") as other:
        terminal = make_terminal(card)
        terminal.ok("00A4000C020100", "00D600000401020304")
        assert make_terminal(other).ok("00A4000C020100", "00B0000004") == bytes(4)
    assert image.read_bytes() == before
    assert list(image.parent.iterdir()) == [image]


def test_a_closed_image_is_one_file(image: Path, make_terminal: Any) -> None:
    with Card.open(image) as card:
        make_terminal(card).ok("00A4000C020100", "00D600000401020304")
    assert list(image.parent.iterdir()) == [image]


@pytest.mark.parametrize("mode", ["rw", "copy"])
def test_an_open_image_is_refused_to_a_second_opener(image: Path, mode: Any) -> None:
    with Card.open(image), pytest.raises(CardImageLocked, match="one opener"):
        Card.open(image, mode=mode)
    with Card.open(image, mode=mode):
        pass


def test_an_open_image_is_refused_to_another_process(image: Path) -> None:
    code = (
        f"from emulator import Card, CardImageLocked\ntry:\n    Card.open({str(image)!r})\n"
        "except CardImageLocked:\n    print('locked')\n"
    )
    with Card.open(image):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "locked\n"


def test_an_open_image_is_not_replaced(image: Path, card: Card) -> None:
    with Card.open(image) as opened:
        with pytest.raises(CardImageLocked):
            card.save(image)
        with pytest.raises(CardImageLocked):
            opened.save(image)
        opened.save(image.with_suffix(".second"))
    card.save(image)


def test_save_replaces_an_image_in_one_step(image: Path, card: Card, make_terminal: Any, observe: Any) -> None:
    make_terminal(card).ok("00A4000C020100", "00D600000401020304")
    card.save(image)
    with Card.open(image, mode="copy") as opened:
        assert observe(opened) == observe(card)
    assert list(image.parent.iterdir()) == [image]


def test_save_replaces_nothing_where_it_is_told_not_to(
    image: Path, card: Card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = image.read_bytes()
    with pytest.raises(CardImageExists, match="is there already"):
        card.save(image, replace=False)
    new = tmp_path / "new.card"
    card.save(new, replace=False)
    Card.open(new).close()
    # What comes to be while the new image is written stays, whether the file system has hard links or not.
    for has_links in (True, False):
        late = tmp_path / f"late-{has_links}.card"
        written = saving._write

        def write_beside_another(state: Any, path: Path, seal: Any, late: Path = late, written: Any = written) -> None:
            written(state, path, seal)
            late.write_bytes(b"of somebody else")

        def no_links(_path: Path, _target: Path) -> None:
            raise OSError(1, "no hard links here")

        with monkeypatch.context() as patch:
            patch.setattr(saving, "_write", write_beside_another)
            if not has_links:
                patch.setattr(Path, "hardlink_to", no_links)
            with pytest.raises(CardImageExists, match="is there already"):
                card.save(late, replace=False)
        assert late.read_bytes() == b"of somebody else"
    with monkeypatch.context() as patch:
        patch.setattr(Path, "hardlink_to", no_links)
        card.save(tmp_path / "without-links.card", replace=False)
    Card.open(tmp_path / "without-links.card").close()
    assert image.read_bytes() == before
    assert [path for path in tmp_path.iterdir() if path.name.startswith(".")] == [], "nothing half written is left"


def test_save_leaves_files_of_other_kinds_alone(card: Card, tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear Sir,")
    with pytest.raises(NotACardImage):
        card.save(path)
    assert path.read_text() == "Dear Sir,"
    with pytest.raises(CardImageError):
        card.save(tmp_path / "no such folder" / "card.image")
    with pytest.raises(CardImageError):
        card.save(tmp_path)


def test_what_is_no_image_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CardImageMissing):
        Card.open(tmp_path / "none")
    assert not (tmp_path / "none").exists()
    for content in (b"", b"hello", b"SQLite format 3\0" + bytes(200)):
        path = tmp_path / "file"
        path.write_bytes(content)
        for mode in ("rw", "copy"):
            with pytest.raises(NotACardImage):
                Card.open(path, mode=mode)  # type: ignore[arg-type]
        assert path.read_bytes() == content
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE t (a)")
    with pytest.raises(NotACardImage):
        Card.open(tmp_path / "other.db")


def test_an_image_of_a_newer_format_is_refused_untouched(image: Path) -> None:
    with closing(sqlite3.connect(image)) as connection:
        connection.execute(f"PRAGMA user_version = {NEWEST_FORMAT_VERSION + 1}")
    before = image.read_bytes()
    for mode in ("rw", "copy"):
        with pytest.raises(NewerCardImage, match=str(NEWEST_FORMAT_VERSION + 1)):
            Card.open(image, mode=mode)  # type: ignore[arg-type]
    assert image.read_bytes() == before


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM files",
        "DELETE FROM card",
        "DROP TABLE chvs",
        "UPDATE files SET kind = 77",
        "UPDATE chvs SET unblock = 'whoever'",
        "UPDATE keys SET type = 'rot13'",
        "UPDATE card SET protocols = ''",
        "UPDATE card SET protocols = 'x'",
        "INSERT INTO contents VALUES (9999, 0, x'00')",
        "UPDATE files SET security = x'7F' WHERE number > 3",
        "UPDATE files SET proprietary = x'85'",
        "UPDATE contents SET data = 7",
        "UPDATE files SET parent = number",
        "UPDATE files SET parent = 4711 WHERE number = 2",
        "UPDATE files SET parent = 2 WHERE number = 3",
        "UPDATE files SET management = x'FF'",
        "UPDATE files SET size = 1",
        "UPDATE files SET size = 'many'",
    ],
)
def test_a_damaged_image_is_refused(image: Path, damage: str) -> None:
    with closing(sqlite3.connect(image)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute(damage)
        connection.commit()
    for mode in ("rw", "copy"):
        with pytest.raises(NotACardImage):
            Card.open(image, mode=mode)  # type: ignore[arg-type]


def test_an_unknown_mode_is_refused(image: Path) -> None:
    with pytest.raises(ValueError, match="'rw' or 'copy'"):
        Card.open(image, mode="r")  # type: ignore[arg-type]


def test_restore_on_an_image_is_durable(image: Path, make_terminal: Any, observe: Any) -> None:
    with Card.open(image) as card:
        terminal = make_terminal(card)
        mark = card.snapshot()
        expected = observe(card)
        terminal.verify()
        terminal.ok("00A4000C020100", "00D600000401020304")
        terminal.ok("00A4000C023F00", "00E000000D620B8002001082010183026F10")
        terminal.ok("00A4000C023F00", "00A4000C027F10", "00E2002008" + "00" * 7 + "03", "00E40000026F01")
        card.restore(mark)
        assert observe(card) == expected
    with Card.open(image, mode="copy") as card:
        assert observe(card) == expected


@pytest.mark.parametrize("kind", ["cyclic", "linear fixed"])
@pytest.mark.parametrize(
    ("first", "appended"),
    [(["00", "00"], ["00", "00"]), (["00"], ["01", "00"]), (["01", "00"], ["00"]), ([], ["00", "00", "00"])],
)
def test_restore_takes_every_appended_record_away(
    define: Callable[[str], Any],
    make_terminal: Any,
    tmp_path: Path,
    kind: str,
    first: list[str],
    appended: list[str],
    observe: Any,
) -> None:
    records = ", ".join(f'{{ hex = "{record}" }}' for record in first)
    header = f'[files."3F00/6F01"]\ntype = "{kind}"\nrecord_size = 1\nmax_records = 9\n'
    image = tmp_path / "records.image"
    define(f"{header}records = [{records}]\n").card.save(image)
    with Card.open(image) as card:
        mark = card.snapshot()
        expected = observe(card)
        terminal = make_terminal(card)
        terminal.ok("00A4000C026F01", *(f"00E2000001{record}" for record in appended))
        card.restore(mark)
    with Card.open(image, mode="copy") as card:
        assert observe(card) == expected


WRITER = """
import sys
from emulator import Card
card = Card.open(sys.argv[1])
card.power_on()
card.transmit(bytes.fromhex("00A4000C020100"))
for number in range(1_000_000):
    value = number.to_bytes(4, "big")
    assert card.transmit(bytes.fromhex("00D6000004") + value) == b"\\x90\\x00"
    sys.stdout.buffer.write(value)
    sys.stdout.buffer.flush()
"""


def test_what_was_acknowledged_survives_the_death_of_the_process(image: Path, make_terminal: Any) -> None:
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(image)], stdout=subprocess.PIPE)
    assert writer.stdout is not None
    seen = writer.stdout.read(4 * 100)
    os.kill(writer.pid, signal.SIGKILL)
    seen += writer.stdout.read()
    writer.stdout.close()
    writer.wait(timeout=30)
    acknowledged = int.from_bytes(seen[len(seen) // 4 * 4 - 4 : len(seen) // 4 * 4], "big")
    left = {path: path.read_bytes() for path in image.parent.iterdir()}
    with Card.open(image, mode="copy") as card:
        found = int.from_bytes(make_terminal(card).ok("00A4000C020100", "00B0000004"), "big")
    assert found - acknowledged in (0, 1)
    assert {path: path.read_bytes() for path in image.parent.iterdir()} == left, "a copy changed the image"
    with Card.open(image) as card:
        assert make_terminal(card).ok("00A4000C020100", "00B0000004") == found.to_bytes(4, "big")
    assert list(image.parent.iterdir()) == [image]


def test_ten_thousand_files_open_quickly_and_are_found(define: Callable[[str], Any], tmp_path: Path) -> None:
    table = '[files."3F00/{:04X}"]\ntype = "transparent"\nsize = 4\nsfi = 0\n'
    files = "".join(map(table.format, range(1, 10_001)))
    card = define(files).card
    path = tmp_path / "card.image"
    card.save(path)
    start = time.process_time()
    with Card.open(path) as opened:
        assert time.process_time() - start < 5
        opened.power_on()
        mark = opened.snapshot()
        assert opened.transmit(bytes.fromhex("00A4000C022710")) == b"\x90\x00"
        assert opened.transmit(bytes.fromhex("00D6000001AA")) == b"\x90\x00"
        opened.restore(mark)
        assert opened.transmit(bytes.fromhex("00A4000C022710")) == b"\x90\x00"
        assert opened.transmit(bytes.fromhex("00B0000001")) == b"\x00\x90\x00"


def test_what_could_not_be_read_again_is_not_written(image: Path, make_terminal: Any, observe: Any) -> None:
    """An application of one's own may put what it likes: never does it cost the image."""
    with Card.open(image) as card:
        before = observe(card)
        state, work = card._state, card._context.work
        chv, file = state.chvs[(0, 1)], state.files[state.children[1 << 16 | 0x0100]]
        for put in (
            lambda: work.put_chv((0, 1), replace(chv, tries_left=chv.max_tries + 1)),
            lambda: work.put_chv((0, 1), replace(chv, max_tries=300)),
            lambda: work.put_chv((0, 0), chv),
            lambda: work.put_file(replace(file, fid=0x10000)),
        ):
            put()
            with pytest.raises(WriteFailure):
                work.commit()
            assert observe(card) == before
        with pytest.raises(ValueError, match="outgrows"):
            work.put_content(file.number, bytes(70_000))
    with Card.open(image, mode="copy") as card:
        assert observe(card) == before
        card._state.chvs[(0, 1)] = replace(chv, tries_left=99)
        with pytest.raises(CardImageError, match="no image can hold"):
            card.save(image)
        assert list(image.parent.iterdir()) == [image]


def left_open(card: Path, into: Path) -> Path:
    """What a process leaves of an image that it has open, where it is killed."""
    for path in card.parent.glob(f"{card.name}*"):
        shutil.copy(path, into / path.name)
    return into / card.name


def test_what_a_lost_image_left_behind_is_no_part_of_a_new_one(
    image: Path, card: Card, make_terminal: Any, observe: Any, tmp_path: Path
) -> None:
    remains = tmp_path / "remains"
    remains.mkdir()
    with Card.open(image) as opened:
        make_terminal(opened).ok("00A4000C020100", "00D600000401020304")
        path = left_open(image, remains)
    assert len(list(remains.iterdir())) > 1
    path.unlink()
    card.save(path)
    assert list(remains.iterdir()) == [path]
    with Card.open(path) as again:
        assert observe(again) == observe(card)


def test_an_image_that_was_left_open_is_replaced_with_what_is_beside_it(
    image: Path, card: Card, make_terminal: Any, observe: Any, tmp_path: Path
) -> None:
    remains = tmp_path / "remains"
    remains.mkdir()
    with Card.open(image) as opened:
        make_terminal(opened).ok("00A4000C020100", "00D600000401020304")
        path = left_open(image, remains)
    card.save(path)
    assert list(remains.iterdir()) == [path]
    with Card.open(path) as again:
        assert observe(again) == observe(card)


def test_an_image_is_held_while_it_is_replaced(image: Path, card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    write = saving.write_state

    def opened_meanwhile(*arguments: Any) -> None:
        with pytest.raises(CardImageLocked):
            Card.open(image)
        write(*arguments)

    monkeypatch.setattr(saving, "write_state", opened_meanwhile)
    card.save(image)


@pytest.mark.parametrize(("flushed", "synchronous"), [(False, 1), (True, 2)])
def test_commits_are_flushed_where_it_is_asked_for(image: Path, flushed: bool, synchronous: int) -> None:
    with Card.open(image, flushed=flushed) as card:
        connection = card._storage._connection  # type: ignore[attr-defined]
        assert connection.execute("PRAGMA synchronous").fetchone() == (synchronous,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
