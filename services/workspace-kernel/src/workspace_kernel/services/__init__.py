"""The use cases of the kernel, without HTTP in them."""
