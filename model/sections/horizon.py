"""When the run starts, how long a step is and how many there are."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from model.parameters import Section, param


def _as_date(value: Any) -> Any:
    """TOML dates and ISO strings are both welcome."""
    if isinstance(value, str):
        try:
            return datetime.date.fromisoformat(value)
        except ValueError:
            raise ValueError("must be a date like 2024-12-31") from None
    if isinstance(value, datetime.datetime):
        return value.date()
    return value


FIRST, LAST = datetime.date(2022, 1, 1), datetime.date(2024, 12, 31)
Day = Annotated[datetime.date, Field(ge=FIRST, le=LAST), BeforeValidator(_as_date)]


class Horizon(Section):
    """The clock."""

    start: Day = param(
        LAST,
        "date of step 0; the real start reads only what was public by then",
        unit="ISO date",
        source="data to the end of 2024",
        grade="switch",
    )
    step_years: float = param(
        0.25,
        "length of a step; all rates are per year and scaled by it",
        unit="years",
        source="design: quarter",
        grade="switch",
        gt=0,
        le=1,
    )
    steps: int = param(
        40,
        "number of steps",
        unit="steps",
        source="design: ten years",
        grade="switch",
        ge=0,
        le=100_000,
    )
