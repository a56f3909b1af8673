"""Features that a network's first layers make of raw data: categories, and spectra of sound."""
