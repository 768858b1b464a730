"""Write the IDL file: ``python -m scardmgr.published.write_idl scardmgr/scardmgr.idl``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from scardmgr.published.idl import idl


def main(arguments: Sequence[str]) -> None:
    """Write the file that the one argument names.

    Raises:
        SystemExit: wrong use (2), or the file cannot be written (1).
    """
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m scardmgr.published.write_idl FILE\n")
        raise SystemExit(2)
    try:
        Path(arguments[0]).write_text(idl(), encoding="ascii", newline="\n")
    except OSError as error:
        raise SystemExit(f"{arguments[0]} cannot be written: {error.strerror}") from error


if __name__ == "__main__":
    main(sys.argv[1:])
