"""Write docs/parity.md anew, after the table has changed."""

from __future__ import annotations

from parity_page import PAGE, page

if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
