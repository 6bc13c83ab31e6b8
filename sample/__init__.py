"""The sample blog: its texts and how they become a dump."""
