"""The power is cut at each durable write of each command that changes something: the card has the old state or the
new one, never one between, and a try that was spent stays spent."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import emulator
from emulator import Application, Card, register_application
from emulator.applications import registry
from emulator.command import CardContext, Case, CommandRow, Response
from emulator.command_table import COMMANDS as ROWS
from emulator.definition.section import Section
from emulator.keys import Key
from emulator.persistent import CHV, DataObject, Table, UnblockingCode
from emulator.unit_of_work import UnitOfWork
from iso7816.apdu import CommandAPDU
from iso7816.authentication import KeyType, authentication_token
from iso7816.icc import ICCMute

CARD = """
[[chvs]]
reference = 1
value = "1234"
puk = "87654321"
unblock = "always"
[[chvs]]
reference = 2
value = "1234"
state = "disabled"
[[keys]]
reference = 1
type = "aes"
value = "000102030405060708090A0B0C0D0E0F"
tries = 3
[[keys]]
reference = 2
type = "p-256"
generated = true
usage = ["sign", "internal", "external"]
uses = 5
tries = 3
generate = "always"
update = "always"
[[keys]]
reference = 3
type = "aes"
empty = true
size = 128
update = "always"
[[data_objects]]
tag = 0x0101
value = "old"
size = 10
update = "always"
[[data_objects]]
tag = 0x5F20
value = "old"
size = 10
update = "always"
[files."3F00/6F01"]
type = "transparent"
content = "old"
size = 5000
[files."3F00/6F02"]
type = "linear fixed"
record_size = 4
max_records = 9
records = ["1", "22"]
[files."3F00/6F03"]
type = "linear variable"
max_records = 9
size = 99
records = ["1", "22"]
[files."3F00/6F04"]
type = "cyclic"
max_records = 2
records = ["22", "11"]
[files."3F00/6F05"]
type = "transparent"
life_cycle = "deactivated"
[files."3F00/6F06"]
type = "BER-TLV"
content = { hex = "5F0100 450141" }
size = 40
[files."3F00/7F10"]
type = "DF"
[files."3F00/7F10/6F01"]
type = "transparent"
content = "old"
[files."3F00/7F10/6F02"]
type = "linear variable"
records = ["1", "22"]
[[applications]]
name = "F0 01"
path = "3F00/7F30"
type = "tests.purse"
"""
Observed = dict[tuple[Table, Any], Any]
EMULATOR = Path(emulator.__path__[0])
CHANGES = {name for name in vars(UnitOfWork) if name.startswith(("put_", "remove_"))}
OLD, NEW, WRONG = b"1234".hex(), b"9999".hex(), b"0000".hex()
PUK = b"87654321".hex()
COMMANDS = {
    "UPDATE BINARY": "00D68100034E4557",
    "UPDATE BINARY over several blocks": "00D6810000" + "07D0" + "4E" * 2000,
    "UPDATE BINARY, offset object": "00D70001085401005303" + "4E4557",
    "WRITE BINARY, offset object": "00D10001085401005303" + "4E4557",
    "ERASE BINARY, offset object": "000F000103540100",
    "UPDATE RECORD, offset object": "00DD0114065401005301" + "4E",
    "WRITE BINARY": "00D08100034E4557",
    "ERASE BINARY": "000E8100",
    "UPDATE RECORD": "00DC011404" + "4E" * 4,
    "UPDATE RECORD, another length": "00DC011C02" + "4E" * 2,
    "WRITE RECORD": "00D2011404" + "4E" * 4,
    "APPEND RECORD": "00E2001802" + "4E" * 2,
    "APPEND RECORD, cyclic": "00E2002002" + "4E" * 2,
    "ERASE RECORD": "000C0115",
    "PUT DATA": "00DA0101034E4557",
    "PUT DATA, an EF of TLV structure": "00DB6F0607" + "5F010101" + "450101",
    "PUT DATA, the current EF": "00A4000C026F06 00DA0045034E4557",
    "PUT DATA, data objects of the DF": "00DB3FFF06" + "5F20034E4557",
    "CREATE FILE": "00E000000D620B8002001082010183026F10",
    "CREATE FILE, DF": "00E0000009620782013883027F20",
    "DELETE FILE": "00E40000026F02",
    "DELETE FILE, DF": "00E40000027F10",
    "DEACTIVATE FILE": "00040000026F01",
    "TERMINATE EF": "00E80000026F01",
    "TERMINATE DF": "00E60000027F10",
    "TERMINATE CARD USAGE": "00FE0000",
    "ACTIVATE FILE": "00440000026F05",
    "VERIFY": f"0020000104{OLD}",
    "VERIFY, wrong": f"0020000104{WRONG}",
    "CHANGE REFERENCE DATA": f"0024000108{OLD}{NEW}",
    "CHANGE REFERENCE DATA, wrong": f"0024000108{WRONG}{NEW}",
    "RESET RETRY COUNTER": f"002C00010C{PUK}{NEW}",
    "RESET RETRY COUNTER, wrong": f"002C00010C{PUK[:-2]}39{NEW}",
    "RESET RETRY COUNTER, new value": f"002C020104{NEW}",
    "RESET RETRY COUNTER, nothing": "002C0301",
    "DISABLE VERIFICATION REQUIREMENT": f"0026000104{OLD}",
    "ENABLE VERIFICATION REQUIREMENT": f"0028000204{OLD}",
    "PERFORM SECURITY OPERATION, compute digital signature": f"002241B606800144840102 002A9E9A20{OLD * 8}00",
    "MANAGE SECURITY ENVIRONMENT, store": "002241B606800144840102 0022F201",
    "MANAGE SECURITY ENVIRONMENT, erase": "002241B606800144840102 0022F201 0022F401",
    "GENERATE ASYMMETRIC KEY PAIR": "0046800005B60384010200",
    "GENERATE ASYMMETRIC KEY PAIR, in parts": "1046800003B60384 0046800002010200",
    "PUT DATA, a secret key": "00DB3FFF1F4D1DB8038301037F4802" + "9010" + f"5F4810{OLD * 4}",
    "PUT DATA, a private key": f"00DB3FFF2F4D2DB6038401027F480292205F4820{OLD * 8}",
    "INTERNAL AUTHENTICATE, counted": f"0088440208{OLD * 2}00",
    "EXTERNAL AUTHENTICATE, by a key pair, wrong": f"0084000008 0082440240{OLD * 16}",
    "EXTERNAL AUTHENTICATE": "authenticate",
    "EXTERNAL AUTHENTICATE, wrong": "authenticate wrong",
    "an application's values and all else": "00A4040002F001 80100000",
    "an application's values, in two steps": "00A4040002F001 80120000",
}


READERS = {"SELECT", "READ BINARY", "READ RECORD", "GET DATA", "GET CHALLENGE", "GET RESPONSE", "LIST DIRECTORY"}
READERS |= {"MANAGE CHANNEL", "ENVELOPE", "SEARCH BINARY", "SEARCH RECORD"}


def change_everything(card: CardContext, _command: CommandAPDU, _: None) -> Response:
    """Of each kind of what a card keeps something, in one step."""
    df = card.channel.df
    card.values.put(b"balance", b"7")
    card.values.put(b"log", b"new")
    card.values.remove(b"old")
    card.work.put_chv((0, 1), replace(card.state.chvs[(0, 1)], tries_left=2))
    card.work.put_key((0, 2), replace(card.state.keys[(0, 2)], uses_left=1))
    card.work.put_data_object((1, 0x0101), DataObject(b"new", 10))
    card.work.put_environment((df, 2), b"")
    card.work.put_content(card.state.children[1 << 16 | 0x6F01], bytes(5000))
    card.work.remove_file(card.state.children[1 << 16 | 0x7F10])
    return b""


def change_in_steps(card: CardContext, _command: CommandAPDU, _: None) -> Response:
    """What is spent is spent before the rest: a step of its own."""
    card.values.put(b"balance", b"8")
    card.work.commit()
    card.values.put(b"log", b"spent")
    return b""


class Purse(Application):
    NAME = "tests.purse"
    COMMANDS = (
        CommandRow("CHANGE EVERYTHING", 0x10, "here", Case.NO_DATA, lambda _p1, _p2: None, change_everything, cla=0x80),
        CommandRow("CHANGE IN STEPS", 0x12, "here", Case.NO_DATA, lambda _p1, _p2: None, change_in_steps, cla=0x80),
    )

    @classmethod
    def define(cls, _options: Section) -> Mapping[bytes, bytes]:
        return {b"balance": b"9", b"old": b"old"}


class CutAt:
    """Cuts the power at the n-th durable write, counted from 0; counts them all when it never does."""

    def __init__(self, place: int) -> None:
        self.place = place
        self.count = 0
        self.armed = False

    def reached(self, name: str) -> None:
        assert name
        if self.armed:
            self.count += 1
            if self.count - 1 == self.place:
                raise RuntimeError("the lights go out")


def prepare(card: Card, command: str) -> None:
    """Send what comes before the last of several commands."""
    for each in command.split()[:-1] if not command.startswith("authenticate") else ():
        assert card.transmit(bytes.fromhex(each))[-2:] == b"\x90\x00"


def execute(card: Card, command: str) -> bytes:
    """Send the last of several commands."""
    if not command.startswith("authenticate"):
        return card.transmit(bytes.fromhex(command.split()[-1]))
    challenge = card.transmit(bytes.fromhex("0084000010"))[:-2]
    key = bytes(16) if command.endswith("wrong") else bytes(range(16))
    return card.transmit(bytes.fromhex("0082000110") + authentication_token(KeyType.AES, key, challenge))


def tries(card: Card) -> tuple[int, ...]:
    state = card._state
    chv = state.chvs[(0, 1)]
    assert chv.puk is not None
    return chv.tries_left, chv.puk.tries_left, state.chvs[(0, 2)].tries_left, state.keys[(0, 1)].tries_left or 0


def counters(state: Observed) -> dict[tuple[Any, ...], int]:
    """Every counter of the card, of tries and of uses."""
    chvs = {place: CHV(*record) for place, record in state.items() if place[0] is Table.CHVS}
    keys = {place: Key(*record) for place, record in state.items() if place[0] is Table.KEYS}
    return {
        **{(*place, "tries"): chv.tries_left for place, chv in chvs.items()},
        **{(*place, "code"): UnblockingCode(*chv.puk).tries_left for place, chv in chvs.items() if chv.puk},  # type: ignore[misc]
        **{(*place, "tries"): key.tries_left for place, key in keys.items() if key.tries_left is not None},
        **{(*place, "uses"): key.uses_left for place, key in keys.items() if key.uses_left is not None},
    }


@pytest.fixture(autouse=True)
def purse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_registered", {})
    register_application(Purse)


@pytest.fixture
def image(define: Callable[[str], Any], tmp_path: Path) -> Path:
    path = tmp_path / "card.image"
    define(CARD).card.save(path)
    return path


@pytest.mark.parametrize("name", COMMANDS)
def test_a_power_cut_at_each_write_leaves_the_old_state_or_the_new(image: Path, name: str, observe: Any) -> None:
    command = COMMANDS[name]
    wrong = name.endswith("wrong")
    original = image.read_bytes()
    witness = CutAt(-1)
    with Card.open(image, fault_point=witness) as card:
        card.power_on()
        prepare(card, command)
        before = observe(card)
        witness.armed = True
        assert (execute(card, command)[-2:] == b"\x90\x00") != wrong
        after = observe(card)
    assert witness.count > 0, "it writes nothing"
    for place in range(witness.count):
        image.write_bytes(original)
        fault = CutAt(place)
        with Card.open(image, fault_point=fault) as card:
            card.power_on()
            prepare(card, command)
            full = tries(card)
            fault.armed = True
            with pytest.raises(ICCMute):
                execute(card, command)
            fault.armed = False
            in_memory = observe(card)
            with pytest.raises(ICCMute):
                card.transmit(b"\0\xa4\0\x0c")
            card.power_on()
            assert card.transmit(bytes.fromhex("00A4000C023F00")) == b"\x90\x00"
        with Card.open(image) as card:
            found = observe(card)
            assert found == in_memory
            if found != after:
                counted = counters(before)
                assert all(left <= counted[place] for place, left in counters(found).items()), "a counter rose"
            spent = _differ_in_a_try_only(card, before, found, full)
            assert found in (before, after) or spent or (name.endswith("in two steps") and is_first_step(before, found))
            if wrong and found != before:
                assert sum(tries(card)) == sum(full) - 1


def is_first_step(before: Observed, found: Observed) -> bool:
    changed = {place: found[place] for place in found if found[place] != before.get(place)}
    return before.keys() == found.keys() and list(changed.values()) == [b"8"]


def test_every_command_that_changes_something_is_cut() -> None:
    authenticate = 0x0082
    cut = {
        authenticate if command.startswith("authenticate") else int(command.split()[-1][:4], 16)
        for command in COMMANDS.values()
    }
    own = {row.code for row in Purse.COMMANDS}
    assert cut == own | {row.code for row in ROWS if row.name not in READERS}


def places_of_change() -> set[tuple[str, int, int]]:
    """Where the card's commands change what lasts: file, first and last line of the call."""
    found = set()
    for path in EMULATOR.rglob("*.py"):
        name = path.relative_to(EMULATOR).as_posix()
        if name.startswith(("applications/", "unit_of_work")):  # they have power cuts of their own
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGES:
                found.add((name, node.lineno, node.end_lineno or node.lineno))
    return found


def test_every_place_where_a_command_changes_something_is_cut(image: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not only does each command occur above: each of its ways to change something does."""
    reached: set[tuple[str, int]] = set()
    put = UnitOfWork._put

    def note(*arguments: Any) -> None:
        frame = sys._getframe(2)
        reached.add((Path(frame.f_code.co_filename).as_posix(), frame.f_lineno))
        put(*arguments)

    monkeypatch.setattr(UnitOfWork, "_put", note)
    for command in COMMANDS.values():
        with Card.open(image, mode="copy") as card:
            card.power_on()
            prepare(card, command)
            execute(card, command)
    places = places_of_change()
    assert len(places) > 20
    missed = [
        place
        for place in places
        if not any(file.endswith(f"/{place[0]}") and place[1] <= line <= place[2] for file, line in reached)
    ]
    assert missed == []


def _differ_in_a_try_only(
    card: Card, before: dict[tuple[Table, Any], Any], found: dict[tuple[Table, Any], Any], full: tuple[int, ...]
) -> bool:
    """The state between the two durable writes of a command that compares: one try is spent, no more has changed."""
    changed = {key for key in before.keys() | found.keys() if before.get(key) != found.get(key)}
    return (
        len(changed) == 1 and next(iter(changed))[0] in (Table.CHVS, Table.KEYS) and sum(full) - sum(tries(card)) == 1
    )


@pytest.mark.parametrize("value", [OLD, WRONG])
def test_a_try_is_spent_before_the_comparison(image: Path, value: str) -> None:
    """Cutting the power right after the first durable write, whatever the value, leaves one try less."""
    witness = CutAt(-1)
    with Card.open(image, fault_point=witness) as card:
        card.power_on()
        witness.armed = True
        writes = []
        witness.reached = writes.append  # type: ignore[method-assign]
        card.transmit(bytes.fromhex(f"0020000104{value}"))
    assert writes[:2] == ["chvs", "commit"]
    left = tries_after_cut(image, f"0020000104{value}", 2)
    assert left == (2 if value == OLD else None)


def tries_after_cut(image: Path, command: str, place: int) -> int | None:
    """CHV 1's tries after a cut at ``place``, ``None`` where the command has no such write."""
    fault = CutAt(place)
    with Card.open(image, fault_point=fault) as card:
        card.restore(card.snapshot())
        card.power_on()
        card.transmit(bytes.fromhex("002C0301"))
        fault.armed = True
        try:
            card.transmit(bytes.fromhex(command))
        except ICCMute:
            return card._state.chvs[(0, 1)].tries_left
    return None


def test_restore_is_one_durable_commit(image: Path, observe: Any) -> None:
    witness = CutAt(-1)
    with Card.open(image, fault_point=witness) as card:
        card.power_on()
        mark = card.snapshot()
        before = observe(card)
        for command in ("00D68100034E4557", "00E000000D620B8002001082010183026F10", "00E40000027F10"):
            assert card.transmit(bytes.fromhex(command)) == b"\x90\x00"
            card.transmit(bytes.fromhex("00A4000C023F00"))
        after = observe(card)
        witness.armed = True
        card.restore(mark)
        witness.armed = False
        assert observe(card) == before
        card.restore(mark)
    changed = witness.count
    assert changed > 3
    for place in range(changed):
        fault = CutAt(place)
        with Card.open(image, fault_point=fault) as card:
            card.power_on()
            mark = card.snapshot()
            for command in ("00D68100034E4557", "00E000000D620B8002001082010183026F10", "00E40000027F10"):
                card.transmit(bytes.fromhex(command))
                card.transmit(bytes.fromhex("00A4000C023F00"))
            fault.armed = True
            with pytest.raises(ICCMute):
                card.restore(mark)
            fault.armed = False
            assert set(observe(card)) == set(after)
            card.restore(mark)


def test_a_card_in_memory_passes_the_fault_point_too() -> None:
    fault = CutAt(0)
    card = Card.from_profile("iso7816", fault_point=fault)
    card.power_on()
    fault.armed = True
    with pytest.raises(ICCMute):
        card.transmit(bytes.fromhex(f"0020000104{OLD}"))
    card.power_on()
    assert card.transmit(bytes.fromhex("00200001")) == b"\x63\xc3"
    fault.count = 0
    with pytest.raises(ICCMute):
        card.restore(card.snapshot())


def test_a_storage_that_cannot_write_is_a_memory_failure(image: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sqlite3

    from emulator.images import opening

    def fail(*_arguments: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with Card.open(image) as card:
        card.power_on()
        write, written = opening.write_change, []

        def fail_later(*arguments: Any) -> None:
            written.append(arguments)
            (write if len(written) == 1 else fail)(*arguments)

        monkeypatch.setattr(opening, "write_change", fail_later)
        assert card.transmit(bytes.fromhex(f"0020000104{OLD}")) == b"\x65\x81"
        monkeypatch.undo()
        assert card.transmit(bytes.fromhex("00200001")) == b"\x63\xc2"  # a try is spent, nothing is verified
        monkeypatch.setattr(opening, "write_change", fail)
        assert card.transmit(bytes.fromhex("00D68100034E4557")) == b"\x65\x81"
        monkeypatch.undo()
        assert card.transmit(bytes.fromhex("00B0810003")) == b"old\x90\x00"
        assert card.transmit(bytes.fromhex("00D68100034E4557")) == b"\x90\x00"
