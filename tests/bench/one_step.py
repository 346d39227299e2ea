"""A process of its own that builds an industry, takes a few steps and tells its peak memory as JSON.

python tests/bench/one_step.py START USERS STEPS
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from time import perf_counter

from setting import industry, offers_met  # run as a script: the folder itself is on the path


def peak_bytes() -> int:
    """Peak resident memory of this process.

    On Linux from VmHWM: ru_maxrss also holds the size of the parent at the time of the fork.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        for line in status.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def main(start: str, users: int, steps: int) -> dict[str, object]:
    """Build, step, report."""
    begin = perf_counter()
    model = industry(start, users)
    built, seconds = perf_counter() - begin, []
    for _ in range(steps):
        begin = perf_counter()
        model.step()
        seconds.append(perf_counter() - begin)
    return {
        "built_s": built,
        "steps_s": seconds,
        "peak_bytes": peak_bytes(),
        "offers": offers_met(model),
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
