"""Measures the product beside what it is compared with, on one machine in one run."""
