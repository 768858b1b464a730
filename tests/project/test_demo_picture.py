"""The picture in the README is what ``scard demo`` prints."""

from __future__ import annotations

import importlib.util
import re
import xml.etree.ElementTree as ET
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
SCRIPT = REPOSITORY / "docs" / "make_demo_picture.py"


def text_of(svg: str) -> list[str]:
    """The lines of text in a picture; how rich draws them may change with its version."""
    lines: dict[float, list[tuple[float, str]]] = {}
    drawing = ET.fromstring(svg)  # noqa: S314 - our own
    for element in drawing.iter("{http://www.w3.org/2000/svg}text"):
        if element.get("clip-path"):
            words = (float(element.attrib["x"]), element.text or "")
            lines.setdefault(float(element.attrib["y"]), []).append(words)
    return [
        "".join(words for _, words in sorted(parts)).replace("\xa0", " ").rstrip() for _, parts in sorted(lines.items())
    ]


def test_the_picture_is_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("make_demo_picture", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    now = text_of(script.picture())
    assert any("Verify" in line for line in now)
    assert text_of(script.PICTURE.read_text(encoding="utf-8")) == now, "run python docs/make_demo_picture.py"


def test_the_readme_shows_it() -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    assert re.search(r"!\[[^\]]+\]\(docs/demo\.svg\)", readme)
