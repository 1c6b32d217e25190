"""From text to elements: characters, tokens, and the tree that they make."""
