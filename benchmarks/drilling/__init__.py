"""The parts of `benchmarks.drill`: a blog, what breaks, and who reads meanwhile."""
