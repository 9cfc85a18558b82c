"""What can keep a measurement from being made.  Each is a FingerpostError, so that a command ends with 2.

FingerpostError
├── DatasetError    a dataset cannot be used; lists every problem at once
├── RunError        a run cannot be read, or two runs cannot be compared
└── JudgeError      the judge failed too often for its judgments to say anything
"""

from collections.abc import Sequence

from pipeline.errors import FingerpostError

LISTED = 100  # more problems than anybody reads at once


class DatasetError(FingerpostError):
    """A dataset cannot be used.  `problems` holds one line for each thing wrong."""

    code = "dataset"

    def __init__(self, source: str, problems: Sequence[str]) -> None:
        self.problems = list(problems)
        super().__init__(f"{source} cannot be used:\n{listed(problems)}")


class RunError(FingerpostError):
    """A run cannot be read, or two runs cannot be compared."""

    code = "run"


class JudgeError(FingerpostError):
    """The judge failed too often.  `failures` holds one line for each judgment that is not there."""

    code = "judge"

    def __init__(self, failures: Sequence[str], asked: int) -> None:
        self.failures = list(failures)
        super().__init__(
            f"the judge failed {len(failures)} of {asked} times, so nothing was reported:\n{listed(failures)}"
        )


def listed(lines: Sequence[str]) -> str:
    """The lines, indented, the first hundred of them."""
    shown = [f"  {line}" for line in lines[:LISTED]]
    if len(lines) > LISTED:
        shown.append(f"  ... and {len(lines) - LISTED} more")
    return "\n".join(shown)
