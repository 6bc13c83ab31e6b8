"""Site search for Typecho blogs."""

__version__ = "0.1.0"
