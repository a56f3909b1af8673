"""Which elements of the input an element sees, exactly."""
