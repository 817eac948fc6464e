"""Dates as this site prints them, by language (FORMAT_MODULE_PATH)."""
