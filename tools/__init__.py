"""Programs for the developers of this one."""
