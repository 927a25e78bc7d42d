"""Measures the product and what it is compared with, on one machine in one run."""
