"""vicc, of vsmartcard-vpicc, as a foreign card in our readers: a card program that nobody here wrote."""

from __future__ import annotations

import importlib.util
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scardmgr import ALG_ID, HASH_PARAM, REFTYPE, HResultError, ISCard, SCardISO7816
from scardmgr.winscard.codes import SCardCode
from virtual_reader import VpiccCard

FOLDERS = [Path("/usr/lib/python3/site-packages/virtualsmartcard"), Path("/usr/lib/python3/dist-packages")]
"""Where the package's modules are; as Debian packages 3.3, a Python finds them only if it is told."""
FOLDER = next((folder for folder in FOLDERS if (folder / "virtualsmartcard" / "VirtualSmartcard.py").is_file()), None)
VICC = ["env", f"PYTHONPATH={FOLDER}", sys.executable, "/usr/bin/vicc", "--type", "iso7816", "--port", "{port}"]
ATR = bytes.fromhex("3B951381018073FF01000B")
SELECT_MF = bytes.fromhex("00A4000C023F00")
GONE = {SCardCode.SCARD_E_NO_SMARTCARD, SCardCode.SCARD_W_REMOVED_CARD, SCardCode.SCARD_E_NOT_TRANSACTED}
SELECT_MF_WITH_FCI = bytes.fromhex("00A40000023F00")
GET_CHALLENGE = bytes.fromhex("0084000008")
ITS_DEATH = (
    "the foreign card closed the connection, and ended with exit status 1; it said: "
    "TypeError: sequence item 0: expected a bytes-like object, int found"
)
PYSCARD_PROGRAM = str(Path(__file__).with_name("programs") / "challenge.py")
SCARD = [sys.executable, "-c", "from sandbox.command_line import main; main()"]
BOUND = 60

pytestmark = pytest.mark.skipif(
    FOLDER is None or importlib.util.find_spec("Crypto") is None,
    reason="needs vsmartcard-vpicc (apt-get install vsmartcard-vpicc) and pycryptodome",
)
FOREIGN = VpiccCard(VICC, start_s=30)
on_both_stacks = pytest.mark.parametrize(
    "stack", [pytest.param(via, marks=pytest.mark.card(FOREIGN, via=via)) for via in ("embedded", "pcscd")]
)


def scard_run(via: str, *program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SCARD, "run", "--via", via, "--vpicc", shlex.join(VICC), "--", *program],
        check=False,
        capture_output=True,
        text=True,
        timeout=BOUND,
        stdin=subprocess.DEVNULL,
    )


def opensc_tool(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["opensc-tool", "--card-driver", "default", *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=BOUND,
        env=os.environ | environment,
    )


@on_both_stacks
def test_iscardmanage_attaches_selects_and_gets_a_challenge(stack: str, manage: Any) -> None:
    card = manage.CreateInterface(ISCard.IID)
    assert card.Atr == ATR
    with SCardISO7816() as iso:
        selected = card.Transaction(iso.SelectFile(0x00, 0x0C, bytes.fromhex("3F00")))  # without the FCI
    assert (selected.Apdu, selected.ApduReply) == (SELECT_MF, b"\x90\x00")
    auth = manage.CreateCardAuth()
    challenges = {auth.GetChallenge(None, 8) for _ in range(3)}
    assert [len(challenge) for challenge in challenges] == [8, 8, 8]


@on_both_stacks
def test_its_death_is_a_removed_card_and_a_clear_message(stack: str, card: Any, manage: Any, caplog: Any) -> None:
    """What ISCardFileAccess selects with asks for the FCI, and that kills it."""
    with pytest.raises(HResultError) as refused:
        manage.CreateFileAccess().ChangeDir(REFTYPE.SC_TYPE_BY_ID, "3F00")
    assert refused.value.hresult in GONE
    assert card.failure == ITS_DEATH
    assert ITS_DEATH in caplog.messages


@pytest.mark.card(FOREIGN, via="pcscd")
def test_opensc_tool_selects_and_gets_a_challenge(reader: Any) -> None:
    done = opensc_tool(reader.environment, "--atr")
    assert bytes.fromhex(done.stdout.strip().replace(":", "")) == ATR
    done = opensc_tool(reader.environment, "-s", SELECT_MF.hex(), "-s", GET_CHALLENGE.hex())
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("SW1=0x90, SW2=0x00") == 2


@pytest.mark.parametrize("via", ["embedded", "pcscd"])
def test_a_pyscard_program_selects_and_gets_a_challenge(via: str) -> None:
    done = scard_run(via, sys.executable, PYSCARD_PROGRAM)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [ATR.hex(), "0", "9000", "8", "9000"]
    assert done.stderr == ""


def test_scard_run_tells_of_its_death_and_ends_as_the_program_does() -> None:
    done = scard_run("pcscd", "opensc-tool", "--card-driver", "default", "-s", SELECT_MF_WITH_FCI.hex())
    assert done.returncode == 1
    assert f"scard: {ITS_DEATH}" in done.stderr.splitlines()


@on_both_stacks
def test_its_cryptography_is_used_as_far_as_it_goes(manage: Any, stack: str) -> None:
    del stack
    # The program has references of its own for mechanisms (virtualsmartcard.ConstantDefinitions.ALGO_MAPPING).
    with manage.CreateInterface(None, "CryptoProvider", {"hash-sha1": b"\x07", "ecdsa": b"\x0d"}) as crypto:
        assert len({crypto.GenRandom(20) for _ in range(3)}) == 3
        message = crypto.CreateHash(ALG_ID.CALG_SHA1)
        crypto.HashData(message, b"abc")
        # On Python 3 it knows none of its own references any more, and refuses: the hash is computed here.
        code = crypto.GetHashParam(message, HASH_PARAM.HP_HASHVAL)
        assert code.hex() == "a9993e364706816aba3e25717850c26c9cd0d89d"
        with pytest.raises(HResultError, match="refuses COMPUTE DIGITAL SIGNATURE") as refused:
            crypto.SignHash(message, crypto.GetUserKey(1))
        assert (refused.value.hresult, refused.value.sw) == (SCardCode.SCARD_E_NO_ACCESS, 0x6985)
