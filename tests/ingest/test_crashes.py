"""An ingest that is killed leaves the index before it serving, and the next one finishes the work."""

import subprocess
import sys
from pathlib import Path


def test_killed_at_random_moments(tmp_path: Path) -> None:
    """kill -9, again and again: whoever reads finds one whole edition, never a mixture."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.ingest.crashing", str(tmp_path / "site"), "6"],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "every index whole, 2 generations left" in done.stdout
