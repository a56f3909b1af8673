"""How the arithmetic is run: threads, memory that is used again, work that is bound once."""
