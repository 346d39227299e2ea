"""Numbers in the sentences of the log, as people write them."""

from __future__ import annotations

import math

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def plain(value: float) -> str:
    """Three significant digits without an exponent: 0.0213, 1.5, 1,290."""
    size = abs(value)
    if size == 0.0:
        return "0"
    if size < 1e-4 or size >= 1e15:
        return f"{value:.3g}"
    digits = max(0, 2 - math.floor(math.log10(size)))
    text = f"{float(f'{value:.3g}'):,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def dollars(value: float) -> str:
    """Money in the largest unit of which it has one: 1.5 bn USD, 320 m USD, 40 USD."""
    for scale, unit in ((1e9, "bn USD"), (1e6, "m USD")):
        if abs(value) >= 0.9995 * scale:
            return f"{plain(value / scale)} {unit}"
    return f"{plain(value)} USD"


def flop(log10: float) -> str:
    """Compute from its power of ten: 1.7×10²⁵ FLOP."""
    power = math.floor(log10)
    front = f"{10.0 ** (log10 - power):.2g}"
    if front == "10":
        power, front = power + 1, "1"
    return f"{'' if front == '1' else front + '×'}10{str(power).translate(RAISED)} FLOP"
