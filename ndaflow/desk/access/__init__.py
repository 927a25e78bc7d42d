"""What one person holds, and the pages that extend it and end it."""
