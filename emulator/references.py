"""Where the CHV or key lives that a reference means.

Bit 8 of a reference clear: it belongs to the whole card. Bit 8 set: to the current DF, or to the
nearest DF above it that has one of that number (ISO/IEC 7816-4, table on the coding of P2).
"""

from __future__ import annotations

from collections.abc import Container

from emulator.persistent import GLOBAL, PersistentState, ReferenceId

_LOCAL = 0x80


def find_chv(state: PersistentState, df: int, reference: int) -> ReferenceId | None:
    """The CHV that ``reference`` means while ``df`` is the current DF."""
    return _find(state, state.chvs, df, reference)


def find_key(state: PersistentState, df: int, reference: int) -> ReferenceId | None:
    """The key that ``reference`` means while ``df`` is the current DF."""
    return _find(state, state.keys, df, reference)


def _find(state: PersistentState, there: Container[ReferenceId], df: int, reference: int) -> ReferenceId | None:
    if not reference & _LOCAL:
        return (GLOBAL, reference) if (GLOBAL, reference) in there else None
    for level in df_and_above(state, df):
        if (level, reference) in there:
            return (level, reference)
    return None


def df_and_above(state: PersistentState, df: int) -> list[int]:
    """The numbers of a DF and of the DFs above it, up to the MF."""
    chain = []
    while df in state.files:
        chain.append(df)
        df = state.files[df].parent
    return chain
