"""Identifiers that belong to no single interface; those of interfaces and classes are their ``IID`` and ``CLSID``."""

from __future__ import annotations

from typing import Final
from uuid import UUID

LIBID_SCARDSSPLib: Final = UUID("82C38704-19F1-11D3-A11F-00C04F79F800")
"""The type library of the interfaces that Microsoft shipped with classes of its own (scardssp.dll)."""
