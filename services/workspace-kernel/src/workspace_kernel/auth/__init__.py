"""Who is there and what they may do; the use cases of accounts are in ``services``."""
