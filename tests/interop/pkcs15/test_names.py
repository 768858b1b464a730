"""The decoder has a name for what pkcs15-init makes."""

from __future__ import annotations

from typing import Any

import pytest

from emulator import Card
from iso7816.describe import Names
from iso7816.file_descriptor import FileKind

pytestmark = pytest.mark.card("pkcs15", via="pcscd")


def test_every_file_has_a_name(with_keys: Any, card: Card, openssl: Any) -> None:
    openssl("req", "-x509", "-key", "rsa.pem", "-out", "c.pem", "-subj", "/CN=Holder")
    with_keys.init("--store-certificate", "c.pem", "--id", "01")
    with_keys.write("data", b"data")
    with_keys.init("--store-data", "data", "--label", "d", "--application-name", "a", "--application-id", "1.2.3.4")
    state = card._state
    (root,) = state.applications
    paths = {root: "3F00"}
    # Numbers grow: a DF has a lower one than what is in it.
    for number, file in sorted(state.files.items()):
        if file.parent in paths:
            paths[number] = f"{paths[file.parent]}/{file.fid:04X}"
    named = {str(file.path): file.is_df for file in Names.load("pkcs15").files}
    made = {path: state.files[number].kind is FileKind.DF for number, path in paths.items()}
    assert len(made) > 10
    assert made.items() <= named.items()
