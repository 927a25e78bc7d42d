"""Django's PostgreSQL, for a server that can go away: each thread keeps its connection and notices at once when it broke."""
