"""JavaScript's own habits where they show in a built page: white space and how numbers are written.

Python's `str.strip` and `\\s` know a slightly different set of characters.
"""

import math

WHITESPACE = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""What `String.prototype.trim` removes and `\\s` matches (ECMA-262, WhiteSpace and LineTerminator)."""

# Between these powers of ten a number is written without an exponent.
HIGHEST_PLAIN, LOWEST_PLAIN = 21, -6


def trim(text: str) -> str:
    """`text.trim()`."""
    return text.strip(WHITESPACE)


def well_formed(text: str) -> str:
    """`text` with surrogate pairs joined, as UTF-16 has them, and lone surrogates replaced."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def number_to_string(number: int | float) -> str:
    """`String(number)`: shortest digits, no trailing `.0`, exponents below 1e-6 and from 1e21."""
    value = float(number)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "0"
    digits, exponent = _shortest(abs(value))
    sign = "-" if value < 0 else ""
    return sign + _placed(digits, exponent)


def _shortest(value: float) -> tuple[str, int]:
    """The shortest digits that read back as `value`, and n with value = 0.digits * 10**n."""
    mantissa, _, power = f"{value!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    leading = len(whole + fraction) - len(digits)
    return digits.rstrip("0") or "0", len(whole) - leading + int(power or 0)


def _placed(digits: str, point: int) -> str:
    """`digits` with the decimal point after `point` of them (ECMA-262, Number::toString)."""
    count = len(digits)
    if count <= point <= HIGHEST_PLAIN:
        return digits + "0" * (point - count)
    if 0 < point <= HIGHEST_PLAIN:
        return f"{digits[:point]}.{digits[point:]}"
    if LOWEST_PLAIN < point <= 0:
        return "0." + "0" * -point + digits
    power = point - 1
    fraction = f".{digits[1:]}" if count > 1 else ""
    return f"{digits[0]}{fraction}e{'+' if power > 0 else '-'}{abs(power)}"
