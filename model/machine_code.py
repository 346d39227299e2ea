"""Where Numba keeps machine code: in a folder that is named by all sources that it is made of.

Numba looks at a function's own file to tell whether its machine code is old, not at the files of the
functions that it calls.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from pathlib import Path

MECHANISMS = Path(__file__).parent / "mechanisms"
SETTING = "NUMBA_CACHE_DIR"
PREFIX = "kernels-"


def stamp(folder: Path) -> str:
    """What names the sources with compiled functions in a folder."""
    sources = [path.read_bytes() for path in sorted(folder.glob("*.py"))]
    return hashlib.sha256(b"".join(text for text in sources if b"compiled" in text)).hexdigest()[:12]


def settle() -> None:
    """Name the folder, before Numba is loaded; code of earlier sources beside ours is thrown away.

    It lies in the user's own cache folder (NUMBA_CACHE_DIR), or beside the compiled modules of Python;
    where that cannot be written to, wherever Numba puts it.
    """
    given = Path(os.environ[SETTING]) if os.environ.get(SETTING) else None
    if given is not None and given.name.startswith(PREFIX):  # of the process that began this one
        given = given.parent
    beside = MECHANISMS / "__pycache__"
    base = given or beside
    if not os.access(base if base.exists() else base.parent, os.W_OK):
        return
    folder = base / f"{PREFIX}{stamp(MECHANISMS)}"
    if base == beside and not folder.exists():
        for old in base.glob(f"{PREFIX}*"):
            shutil.rmtree(old, ignore_errors=True)
    os.environ[SETTING] = str(folder)
    if "numba" in sys.modules:
        sys.modules["numba"].config.CACHE_DIR = str(folder)
