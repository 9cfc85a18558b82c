"""How every command ends: what `python -m ...` returns to the shell (docs/getting-started.md)."""

import sys
from collections.abc import Callable

from pipeline.errors import FingerpostError


def exit_code(work: Callable[[], int]) -> int:
    """What `work` returns: 0 done, 1 done with failures that it listed.

    2 for what could not run, with the reason on stderr; 130 for Ctrl+C, as shells have it.
    """
    try:
        return work()
    except FingerpostError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of our output, `head` say, has gone
        sys.stderr.close()
        return 1
    except SystemExit as error:  # argparse: 0 after --help, 2 for a wrong option
        return int(error.code or 0)
