"""One reader for each section of a panel: elements to nodes of the tree."""
