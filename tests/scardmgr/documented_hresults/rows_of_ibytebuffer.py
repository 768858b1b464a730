"""IByteBuffer's pages list no HRESULT but S_OK; what its methods refuse is in the tests of the buffers."""

from __future__ import annotations

from documented_rows import Rows

PROVOKED: Rows = {}
