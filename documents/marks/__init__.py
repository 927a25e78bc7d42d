"""What names the reader: the line and the second mark on every page of a file, and both in a picture of a page."""
