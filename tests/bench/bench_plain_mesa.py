"""Users as columns beside users as plain Mesa agents that choose in Python."""

from __future__ import annotations

from time import process_time
from typing import Any

import numpy as np

from agents.demand import Individual
from model.mechanisms.demand import choice_probabilities
from tests.bench.plain_mesa import PlainIndustry
from tests.bench.setting import SEED, industry
from tests.bench.sheet import Plain, Sheet

USERS = 4000
ROUNDS = 9


def test_plain_mesa(benchmark: Any, sheet: Sheet) -> None:
    """A step of users only, both ways; first make sure that both choose alike."""
    model = industry("listed", USERS)
    model.step()
    books = model.books()
    plain = PlainIndustry(model, SEED)

    # With the draws of the columnar users, nearly all choices are the same: 32 against 64 bits.
    equal = 0
    for again in (101, 102):  # the second time with a present lab to stay with
        equal = 0
        for kind, choices in model.choices.items():
            assert isinstance(choices, Individual)
            if again == 101:
                choices.offer[:] = choices.nest[:] = -1
            choices.choose(books[kind], model.streams, again, everyone=True)
            draws = model.streams.uniform(f"{choices.name}.choice", again, choices.segment.size)
            mine = plain.everyone(kind, draws.tolist())
            equal += int((np.array(mine) == choices.offer).sum())
        assert equal >= 0.999 * USERS, f"only {equal} of {USERS} users choose alike"

    # With draws of its own, each offer is as frequent as the kernel says.
    for kind, choices in model.choices.items():
        book = books[kind]
        for user in plain.users[kind]:
            user.lab = user.offer = -1
        own = plain.everyone(kind, [plain.random.random() for _ in plain.users[kind]])
        chance = choice_probabilities(
            choices.utilities(slice(None), choices.new_terms(book), book), book.nest, **choices.scales
        )
        seen = (np.array(own)[:, None] == book.id).sum(axis=0)
        spread = np.sqrt((chance * (1.0 - chance)).sum(axis=0))
        assert (np.abs(seen - chance.sum(axis=0)) <= 5.0 * spread + 3.0).all()

    in_python, columnar = [], []

    def step() -> None:
        begin = process_time()
        plain.step()
        in_python.append(process_time() - begin)

    benchmark.pedantic(step, rounds=ROUNDS, warmup_rounds=1)
    for step in range(200, 200 + 5 * ROUNDS):
        begin = process_time()
        for kind, choices in model.choices.items():
            choices.choose(books[kind], model.streams, step)
        columnar.append(process_time() - begin)
    sheet.plain = Plain(
        users=USERS,
        plain=float(np.median(in_python[1:])) / USERS,
        columnar=float(np.median(columnar)) / USERS,
        agreement=equal / USERS,
    )
