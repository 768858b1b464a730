"""Eight processes, and eight threads, that introduce and forget at once: nothing is lost, nothing is damaged."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

from scardmgr.winscard.database import CardType, SmartCardDatabase

ROOT = Path(__file__).parents[4]
WORKERS = 8
ROUNDS = 12

# Each introduces types of its own and forgets every second one; all of them fight for one name that only one can have
# at a time, and put one reader of their own into one group that they share.
WORKER = """
import sys
from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.database import *
from scardmgr.winscard.errors import SCardError
path, worker, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
database = SmartCardDatabase.at(path, seeded=False)
ready = sys.stdin.readline()
won = 0
for number in range(rounds):
    name = f"Card {worker}.{number}"
    database.introduce_card_type(CardType(name, bytes([0x3B, number])))
    database.set_provider_name(name, 2, f"CSP {worker}.{number}")
    if number % 2:
        database.forget_card_type(name)
    try:
        database.introduce_card_type(CardType("Only one", bytes([0x3B, 0xFF])))
    except SCardError as error:
        assert error.code == 183, error
    else:
        won += 1
        database.forget_card_type("Only one")
reader = f"Reader {worker}"
database.introduce_reader(reader, f"Device {worker}", [])
database.add_to_group(reader, "Shared", [])
assert len(database.card_types()) >= rounds // 2
print(won)
"""


def test_eight_processes_at_once(tmp_path: Path) -> None:
    path = tmp_path / "not" / "there" / "cards.sqlite3"
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, str(path), str(worker), str(ROUNDS)],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for worker in range(WORKERS)
    ]
    for worker in workers:  # all of them are up: off they go, and make the file together
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    answers = [worker.communicate(timeout=100) for worker in workers]
    assert [worker.returncode for worker in workers] == [0] * WORKERS, answers
    assert sum(int(out) for out, _ in answers) > 0

    database = SmartCardDatabase.at(path, seeded=False)
    kept = {f"Card {worker}.{number}" for worker in range(WORKERS) for number in range(0, ROUNDS, 2)}
    assert {card_type.name for card_type in database.card_types()} == kept
    for card_type in database.card_types():
        assert card_type.provider_names == {2: card_type.name.replace("Card", "CSP")}
    devices = [f"Device {worker}" for worker in range(WORKERS)]
    assert set(database.listed(devices, ["Shared"])) == {f"Reader {worker}" for worker in range(WORKERS)}
    assert [found.name for found in path.parent.iterdir()] == [path.name]
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()


def test_eight_threads_at_once(tmp_path: Path) -> None:
    database = SmartCardDatabase.at(tmp_path / "cards.sqlite3", seeded=False)
    failures: list[BaseException] = []

    def work(worker: int) -> None:
        try:
            for number in range(ROUNDS):
                database.introduce_card_type(CardType(f"Card {worker}.{number}", bytes([0x3B, number])))
                if number % 2:
                    database.forget_card_type(f"card {worker}.{number}")
                database.card_types()
        except BaseException as error:  # noqa: BLE001 - told by the test
            failures.append(error)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(100)
    assert failures == []
    kept = {f"Card {worker}.{number}" for worker in range(WORKERS) for number in range(0, ROUNDS, 2)}
    assert {card_type.name for card_type in database.card_types()} == kept
