"""The wire: frames in order, from many clients, to many."""
