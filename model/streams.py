"""Named random streams: one per decision point, keyed by (seed, name, step), drawn per slot.

Two scenarios with the same seed meet the same users and the same luck at each decision point, and a new
consumer of randomness under a new name shifts nobody else's draws (common random numbers).
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray


class Streams:
    """Counter-based generators (Philox) for one seed."""

    def __init__(self, seed: int) -> None:
        self.seed = int(seed)
        self._keys: dict[str, NDArray[np.uint64]] = {}
        self._moved = np.random.Philox(0)  # set to where a stream begins: a new one costs ten times as much
        self._drawing = np.random.Generator(self._moved)
        self._start = self._moved.state

    def generator(self, name: str, step: int = 0) -> np.random.Generator:
        """The generator of one decision point at one step; slot i always meets draw i."""
        counter, key = self._place(name, step)
        return np.random.Generator(np.random.Philox(key=key, counter=counter))

    def uniform(self, name: str, step: int, size: int) -> NDArray[np.float32]:
        """Uniforms in [0, 1), one per slot: those of `generator(name, step)`."""
        counter, key = self._place(name, step)
        self._moved.state = self._start | {"state": {"counter": counter, "key": key}}
        return self._drawing.random(size, dtype=np.float32)

    def _place(self, name: str, step: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
        """Counter and key at which the stream of a decision point begins."""
        key = self._keys.get(name)
        if key is None:
            digest = hashlib.sha256(f"{self.seed}\x1f{name}".encode()).digest()
            key = self._keys[name] = np.frombuffer(digest[:16], dtype="<u8").astype(np.uint64)
        # The step sits in the top word of the counter: streams of different steps never overlap.
        return np.array([0, 0, 0, step + 1], dtype=np.uint64), key
