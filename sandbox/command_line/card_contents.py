"""What is on an emulated card, without its secrets: its own state, not what it would tell to a terminal."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from emulator import Card
    from emulator.access_control import Decisions
    from emulator.applications.personalisation import HeldKey
    from emulator.keys import Key
    from emulator.persistent import CHV, CardFile, PersistentState


def contents_of(card: Card) -> dict[str, Any]:
    """What is on a card, as ``scard show --json`` writes it: bytes in hex, files nested as they are on the card.

    Raises:
        CardError: an application on it is not known here.
    """
    from emulator.persistent import GLOBAL, MF_NUMBER

    state = card.snapshot().state()
    identity, contactless = state.identity, state.identity.contactless
    return {
        "profile": identity.profile,
        "atr": card.atr.hex().upper(),
        "protocols": [f"T={protocol.value.bit_length() - 1}" for protocol in identity.protocols],
        "memory": identity.memory,
        "memory_used": state.allocated,
        "uid": None if contactless is None else contactless.uid.hex().upper(),
        "applications": [_application(state, df, name) for df, name in sorted(state.applications.items())],
        **_references(state, GLOBAL),
        "files": _file(state, MF_NUMBER, _children(state)),
    }


def _application(state: PersistentState, df: int, name: str) -> dict[str, Any]:
    from dataclasses import asdict

    from emulator.applications.issuing import applications_of
    from iso7816.errors import Iso7816Error

    file = state.files[df]
    told: dict[str, Any] = {"name": name, "df_name": _hex(file.name), "path": _path(state, df)}
    application = next((each for each in applications_of(state) if each.df == df), None)
    if application is None:
        return {**told, "values": sum(number == df for number, _ in state.application_values)}
    try:
        contents = application.contents(state)
    except Iso7816Error as error:
        return {**told, "unreadable": str(error)}
    except (ValueError, LookupError):
        # An image may come from anywhere, and hold what no command of the application leaves.
        return {**told, "unreadable": "a value that no such application has"}
    return {
        **told,
        "facts": dict(contents.facts),
        "codes": [asdict(code) for code in contents.codes],
        "keys": [_held_key(key) for key in contents.keys],
        "objects": [asdict(each) for each in contents.objects],
    }


def _held_key(key: HeldKey) -> dict[str, Any]:
    return {
        "slot": key.slot,
        "purpose": key.purpose,
        "kind": None if key.kind is None else str(key.kind),
        "facts": dict(key.facts),
        "certificate": None if key.certificate is None else certificate_facts(key.certificate),
    }


def certificate_facts(certificate: bytes) -> dict[str, Any]:
    """What there is to say of a certificate in DER; its size and fingerprint alone where it cannot be read."""
    import hashlib

    from emulator.applications.x509_certificates import load_certificate
    from iso7816.errors import KeyDataError

    facts: dict[str, Any] = {"size": len(certificate), "sha256": hashlib.sha256(certificate).hexdigest().upper()}
    try:
        parsed = load_certificate(certificate)
        with warnings.catch_warnings(action="ignore"):
            return {
                "subject": parsed.subject.rfc4514_string(),
                "issuer": parsed.issuer.rfc4514_string(),
                "serial_number": f"{parsed.serial_number:X}",
                "not_before": parsed.not_valid_before_utc.date().isoformat(),
                "not_after": parsed.not_valid_after_utc.date().isoformat(),
                **facts,
            }
    except (KeyDataError, ValueError):
        return facts


def _children(state: PersistentState) -> dict[int, list[CardFile]]:
    below: dict[int, list[CardFile]] = {}
    for file in sorted(state.files.values(), key=lambda each: each.fid):
        below.setdefault(file.parent, []).append(file)
    return below


def _file(state: PersistentState, number: int, below: Mapping[int, list[CardFile]]) -> dict[str, Any]:
    from emulator.access_control import CREATE_EF, DELETE_CHILD, READ, UPDATE, decide
    from iso7816.file_descriptor import FileKind

    file, decisions = state.files[number], decide(state, number)
    is_df = file.kind is FileKind.DF
    operations = {"create": CREATE_EF, "delete": DELETE_CHILD} if is_df else {"read": READ, "update": UPDATE}
    content = state.contents.get(number)
    told = {
        "path": _path(state, number),
        "structure": file.kind.name.lower(),
        "life_cycle": file.life_cycle.name.lower(),
        "access": {name: _required(decisions, operation) for name, operation in operations.items()},
    }
    if is_df:
        return {
            **told,
            "df_name": _hex(file.name),
            "application": file.application,
            **_references(state, number),
            "children": [_file(state, child.number, below) for child in below.get(number, ())],
        }
    return {
        **told,
        "size": file.size,
        "sfi": file.sfi or None,
        "max_record_size": file.max_record_size,
        "max_records": file.max_records,
        "records": len(content) if isinstance(content, tuple) else None,
    }


def _required(decisions: Decisions, operation: int) -> str:
    from emulator.access_control import INACTIVE

    alternatives = decisions[operation]
    if alternatives is None:
        return "always"
    if alternatives is INACTIVE:
        return "never in this life cycle"
    return " or ".join(map(str, alternatives)) or "never"


def _references(state: PersistentState, df: int) -> dict[str, Any]:
    """The CHVs, keys and data objects of a DF, or those of the whole card."""
    return {
        "chvs": [_chv(reference, chv) for reference, chv in _of(df, state.chvs.items())],
        "keys": [_key(reference, key) for reference, key in _of(df, state.keys.items())],
        "data_objects": [
            {"tag": f"{tag:02X}", "size": len(each.value), "room": each.size, "access": _access_of(each)}
            for tag, each in _of(df, state.data_objects.items())
        ],
    }


def _access_of(each: Any) -> dict[str, str]:
    return {"read": str(each.read), "update": str(each.update)}


def _of(df: int, records: Iterable[tuple[tuple[int, int], Any]]) -> list[tuple[int, Any]]:
    return sorted(((number, record) for (owner, number), record in records if owner == df), key=lambda pair: pair[0])


def _chv(reference: int, chv: CHV) -> dict[str, Any]:
    puk = chv.puk
    return {
        "reference": f"{reference:02X}",
        "state": chv.state.value,
        "tries_left": chv.tries_left,
        "max_tries": chv.max_tries,
        "puk": None if puk is None else {"tries_left": puk.tries_left, "max_tries": puk.max_tries},
    }


def _key(reference: int, key: Key) -> dict[str, Any]:
    return {
        "reference": f"{reference:02X}",
        "algorithm": key.algorithm.value,
        "bits": key.bits,
        "is_there": key.material is not None,
        "operations": list(key.operations.words),
        "tries_left": key.tries_left,
        "max_tries": key.max_tries,
        "uses_left": key.uses_left,
        "max_uses": key.max_uses,
        "use": str(key.use),
    }


def _path(state: PersistentState, number: int) -> str:
    parts = []
    while number in state.files:
        parts.append(f"{state.files[number].fid:04X}")
        number = state.files[number].parent
    return "/".join(reversed(parts))


def _hex(data: bytes | None) -> str | None:
    return None if data is None else data.hex().upper()
