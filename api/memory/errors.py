"""What can go wrong with a vote, or with the database behind it."""

from pipeline.errors import FingerpostError


class UnknownMessage(FingerpostError):
    """No answer of this server has that message id."""

    code = "unknown-message"


class MemoryUnavailable(FingerpostError):
    """The database of questions and votes cannot be reached, or refused a call."""

    code = "memory"
