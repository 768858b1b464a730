"""``scard show`` tells no secret: each code and each key on a card has a value of its own, and none is shown."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from emulator import Card
from emulator.applications.issuing import GivenKey, issue
from emulator.definition.profiles import load_profile, read_definition
from emulator.definition.settings import with_settings
from emulator.persistent import PersistentState, Table
from iso7816.asymmetric_keys import load_private_key
from iso7816.finger_minutiae import Minutia

from .card_making.conftest import rsa_key

Secrets = Mapping[str, bytes]
KEY = ec.derive_private_key(0x7C1D5E93A2B84F60D1E2F3A4B5C6D7E8F9, ec.SECP256R1())
LATER_KEY = bytes.fromhex("5AC3F17E9024D6B8315CA07F4E92DB68")


def private(key: Any) -> Secrets:
    """The secret numbers of a key."""
    numbers = key.private_numbers()
    names = (
        ("private_value",) if isinstance(key, ec.EllipticCurvePrivateKey) else ("d", "p", "q", "dmp1", "dmq1", "iqmp")
    )
    values = {name: getattr(numbers, name) for name in names}
    return {name: value.to_bytes((value.bit_length() + 7) // 8, "big") for name, value in values.items()}


def settled(profile: str, settings: Mapping[str, str], key: Any, **codes: bytes) -> PersistentState:
    definition = with_settings(read_definition(profile), [f"{name}={value}" for name, value in settings.items()])
    return issue(definition.build(), {name.replace("_", "-"): code for name, code in codes.items()}, [GivenKey(key)])


def piv() -> tuple[PersistentState, Secrets]:
    codes = {"pin": b"864209", "puk": b"97531975", "global_pin": b"70412863", "pairing_code": b"31908264"}
    keys = {
        "management_key": bytes.fromhex("F1C2D3E4A5B69788112233445566778899AABBCCDDEEFF00"),
        "card_authentication_secret": bytes.fromhex("8A7B6C5D4E3F2A1B0C9D8E7F6A5B4C3D2E1F0A9B8C7D6E5F"),
    }
    fingers = {
        name: b"".join(Minutia(7 * number, 250 - 9 * number, number).to_bytes() for number in range(start, start + 16))
        for name, start in (("primary_finger", 1), ("secondary_finger", 8))
    }
    settings = {
        **{name: f'"{value.decode()}"' for name, value in codes.items() if name not in ("pin", "puk")},
        **{name: value.hex() for name, value in keys.items()},
        **{name: value.hex() for name, value in fingers.items()},
        "secure_messaging": "CS2",
    }
    state = settled("piv", settings, KEY, pin=codes["pin"], puk=codes["puk"])
    (signer,) = [value for (_, name), value in state.application_values.items() if name == b"certificate signer"]
    return state, {
        **codes,
        **keys,
        **fingers,
        **private(KEY),
        "signer": private(load_private_key(signer[8:]))["private_value"],
    }


def openpgp() -> tuple[PersistentState, Secrets]:
    codes = {"pin": b"864209753", "admin_pin": b"975319752", "resetting_code": b"704128635"}
    keys = {"sm_key_enc": bytes.fromhex("F1C2D3E4A5B697887A6B5C4D3E2F1001"), "sm_key_mac": LATER_KEY[::-1]}
    settings = {**{name: key.hex() for name, key in keys.items()}, "secure_messaging": "aes-128"}
    settings["resetting_code"] = '"704128635"'
    state = settled("openpgp", settings, KEY, pin=codes["pin"], admin_pin=codes["admin_pin"])
    card = Card.from_state(state)
    card.power_on()
    for command in ("00A4040006D27600012401", f"0020008309{codes['admin_pin'].hex()}", f"00DA00D510{LATER_KEY.hex()}"):
        assert card.transmit(bytes.fromhex(command))[-2:] == b"\x90\x00", command
    return card.snapshot().state(), {**codes, **keys, **private(KEY), "AES key": LATER_KEY}


def pkcs15() -> tuple[PersistentState, Secrets]:
    codes = {"pin": b"864209753", "puk": b"9753197528642037"}
    return settled("pkcs15", {}, KEY, **codes), {**codes, **private(KEY)}


def gids() -> tuple[PersistentState, Secrets]:
    codes = {"pin": b"864209753", "puk": b"97531975286"}
    admin_key = bytes.fromhex("F1C2D3E4A5B69788112233445566778899AABBCCDDEEFF00")
    state = settled("gids", {"admin_key": admin_key.hex()}, rsa_key(), **codes)
    return state, {**codes, **private(rsa_key()), "administrator's key": admin_key}


def iso7816() -> tuple[PersistentState, Secrets]:
    state, secrets = load_profile("iso7816"), {}
    for number, (reference, chv) in enumerate(list(state.chvs.items())):
        code, puk = f"8642097{number}".encode(), f"9753197{number}".encode()
        with_puk = None if chv.puk is None else replace(chv.puk, value=puk)
        state.write(Table.CHVS, reference, replace(chv, value=code, puk=with_puk))
        secrets |= {f"CHV {number}": code} | ({} if with_puk is None else {f"PUK {number}": puk})
    for (_, number), key in state.keys.items():
        if key.material is None:
            continue
        if key.algorithm.is_secret:
            secrets[f"key {number}"] = key.material.value
        else:
            secrets |= {f"key {number} {name}": value for name, value in private(key.material.private_key()).items()}
    return state, secrets


def values_in(state: PersistentState) -> Iterator[bytes]:
    """All that a card keeps of codes and keys."""
    yield from state.application_values.values()
    for chv in state.chvs.values():
        yield chv.value
        yield b"" if chv.puk is None else chv.puk.value
    for key in state.keys.values():
        yield b"" if key.material is None else key.material.value


@pytest.mark.parametrize("form", [(), ("--json",)])
@pytest.mark.parametrize("make", [piv, openpgp, pkcs15, gids, iso7816])
def test_no_secret_is_shown(
    scard: Any, tmp_path: Path, make: Callable[[], tuple[PersistentState, Secrets]], form: tuple[str, ...]
) -> None:
    state, secrets = make()
    held = b"\n".join(values_in(state))
    assert [name for name, secret in secrets.items() if secret not in held] == [], "it is looked for in vain"
    Card.from_state(state).save(tmp_path / "my.card")
    done = scard("show", str(tmp_path / "my.card"), *form)
    assert (done.returncode, done.stderr) == (0, "")
    said = done.stdout.lower()
    joined = "".join(said.split())
    for name, secret in secrets.items():
        for written in (
            secret.decode("latin-1").lower(),
            str(secret).lower(),
            base64.b64encode(secret).decode().lower(),
        ):
            assert written not in said, name
        assert secret.hex() not in joined, name
        assert str(int.from_bytes(secret, "big")) not in joined, name
