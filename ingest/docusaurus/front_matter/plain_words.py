"""What an unquoted word means in YAML for js-yaml 4: null, a boolean, a number, a date or text.

Its default schema: the core schema of YAML 1.2 with js-yaml's own leniency, and timestamps.
"""

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

NULL = re.compile(r"~|null|Null|NULL|")
BOOLEAN = re.compile(r"true|True|TRUE|false|False|FALSE")
INTEGER = re.compile(r"([-+]?)(?:0b([01]+)|0x([0-9a-fA-F]+)|0o([0-7]+)|([0-9]+))")
FLOAT = re.compile(r"[-+]?[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?|\.[0-9]+(?:[eE][-+]?[0-9]+)?")
NOT_FINITE = re.compile(r"([-+]?)\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
TIMESTAMP = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[Tt]|[ \t]+)([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]*))?"
    r"(?:[ \t]*(?:Z|([-+])([0-9]{1,2})(?::([0-9]{2}))?))?"
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Date:
    """A JavaScript Date: milliseconds since 1970, UTC; None for an invalid one."""

    milliseconds: int | None

    def __str__(self) -> str:
        """`date.toString()` on a machine whose clock is UTC, as build servers' are."""
        if self.milliseconds is None:
            return "Invalid Date"
        moment = EPOCH + timedelta(milliseconds=self.milliseconds)
        day, month = DAYS[moment.weekday()], MONTHS[moment.month - 1]
        clock = f"{moment:%H:%M:%S} GMT+0000 (Coordinated Universal Time)"
        return f"{day} {month} {moment.day:02} {moment.year:04} {clock}"


def plain_value(text: str) -> Any:
    """What the unquoted word `text` means, by js-yaml's default schema."""
    if NULL.fullmatch(text):
        return None
    if BOOLEAN.fullmatch(text):
        return text.lower() == "true"
    number = _number(text)
    if number is not None:
        return number
    return _date(text) or text


def _number(text: str) -> int | float | None:
    """The number that `text` is; None for other words and for what is too large for JavaScript."""
    if match := INTEGER.fullmatch(text):
        return _integer(match)
    if FLOAT.fullmatch(text):
        number = float(text)
        return None if math.isinf(number) else number
    if match := NOT_FINITE.fullmatch(text):
        return math.nan if match[1] is None else math.copysign(math.inf, -1 if match[1] == "-" else 1)
    return None


def _integer(match: re.Match[str]) -> int | None:
    sign, *written = match.groups()
    digits, base = next((d, b) for d, b in zip(written, (2, 16, 8, 10), strict=True) if d is not None)
    try:
        number = int(digits, base)
        float(number)
    except (ValueError, OverflowError):  # thousands of digits; beyond the largest double
        return None
    return -number if sign == "-" else number


def _date(text: str) -> Date | None:
    match = DATE.fullmatch(text) or TIMESTAMP.fullmatch(text)
    if match is None:
        return None
    year, month, day, *rest = match.groups()
    hour, minute, second, fraction, sign, zone_hours, zone_minutes = rest or [None] * 7
    century = 1900 if year.startswith("00") else 0  # Date.UTC takes 01 for 1901
    years, months = divmod((int(year) + century) * 12 + int(month) - 1, 12)
    offset = timedelta(hours=int(zone_hours or 0), minutes=int(zone_minutes or 0))
    try:
        moment = datetime(years, months + 1, 1, tzinfo=UTC) + timedelta(
            days=int(day) - 1,
            hours=int(hour or 0),
            minutes=int(minute or 0),
            seconds=int(second or 0),
            milliseconds=int((fraction or "0")[:3].ljust(3, "0")),
        )
        moment += offset if sign == "-" else -offset
    except (ValueError, OverflowError):  # beyond Python's years 1 to 9999
        return Date(None)
    return Date((moment - EPOCH) // timedelta(milliseconds=1))
