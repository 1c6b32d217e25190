"""The REST interface, one area a module; ``operation`` is what they share."""
