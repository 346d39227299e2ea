"""Options of charts: pure functions from numbers to plain dictionaries; no Solara, no model, no state."""
