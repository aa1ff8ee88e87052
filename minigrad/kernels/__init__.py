"""Arrays in, arrays out: loops that NumPy lacks, or that one pass makes faster."""
