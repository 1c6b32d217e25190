"""What the kernel remembers: tables, questions to them, and durable writes."""
