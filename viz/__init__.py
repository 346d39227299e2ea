"""Looking at the model: the window in the browser. Nothing may import it.

`computeshift view` starts `python -m viz` (`__main__`, `server`), which serves `app` on this machine alone.
Each browser tab has a `session` with its own model: `watched.Watched`, a thin subclass of `model.Industry`.
What a step leaves is published as a frame of a `film.Film`; pages (see `viz/pages` for how to write one) read
a `film.Snapshot` of it and nothing else, so that a running model and stored results look alike to them.
Charts are built by pure functions (`viz/options`), what comes from a browser is judged in `setup`.
"""
