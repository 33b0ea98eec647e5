"""A short, fixed part of the campaigns, and what they found."""

from __future__ import annotations

from pathlib import Path

import pytest

from campaign import fuzz_readers

FINDS = Path(__file__).parent / "campaign" / "finds"


@pytest.mark.parametrize("find", [str(file.relative_to(FINDS)) for file in sorted(FINDS.glob("*/*"))])
def test_what_fuzzing_found_stays_mended(find: str, tmp_path: Path) -> None:
    reader = fuzz_readers.READERS[Path(find).parent.name]
    assert fuzz_readers.tried(reader, (FINDS / find).read_bytes(), tmp_path) in ("refused", "read")
