"""The longer phases of a period; `model.schedule` says in which order they run."""
