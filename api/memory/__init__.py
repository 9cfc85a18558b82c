"""What was asked and what came of it, in a database of its own.

`Memory` is the door: it signs message ids, takes records without waiting, and keeps votes.
`reading` is what the owner asks of it afterwards.  No HTTP and no command line here.
"""

from api.memory.errors import MemoryUnavailable, UnknownMessage
from api.memory.memory import Memory, open_memory
from api.memory.models import AnswerRecord, Ending, FoundSection, Vote

__all__ = [
    "AnswerRecord",
    "Ending",
    "FoundSection",
    "Memory",
    "MemoryUnavailable",
    "UnknownMessage",
    "Vote",
    "open_memory",
]
