"""How a file comes in: straight into the vault, looked over, made harmless, and prepared for the reader's mark."""
