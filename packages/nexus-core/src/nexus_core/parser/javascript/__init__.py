"""What is JavaScript in a panel: expressions read into ESTree, handlers analysed."""
