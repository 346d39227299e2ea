"""How labs decide, one file a decision. Each compares options and records what it expected of them."""
