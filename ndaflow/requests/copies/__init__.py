"""Copies that left: which a reader has, and the request to destroy them."""
