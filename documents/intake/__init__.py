"""Uploads: stores files in the vault, checks them, makes them harmless and prepares them for the reader's mark."""
