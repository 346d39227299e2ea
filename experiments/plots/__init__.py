"""The pictures of a report, one family a file: from a Comparison to a Figure or None."""
