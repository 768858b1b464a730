"""Fail on any skipped test whose reason is not expected.

usage: check_skips.py JUNIT.XML

A skip hides a test, so each one that may happen is listed with its reason, as a regular expression per
line, in expected_skips.txt beside this file.
"""

from __future__ import annotations

import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path


def main(report: str) -> int:
    """Compare the skips of ``report`` with the expected ones; return the exit status."""
    lines = (Path(__file__).parent / "expected_skips.txt").read_text(encoding="utf-8").splitlines()
    expected = [re.compile(line) for line in lines if line.strip() and not line.startswith("#")]
    unexpected = []
    for case in ET.parse(report).getroot().iter("testcase"):  # noqa: S314 - our own pytest wrote it
        for skip in case.iter("skipped"):
            reason = skip.get("message", "")
            if not any(pattern.search(reason) for pattern in expected):
                unexpected.append(f"{case.get('classname')}::{case.get('name')}: {reason}")
    for line in unexpected:
        print(f"unexpected skip: {line}", file=sys.stderr)
    return 1 if unexpected else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
