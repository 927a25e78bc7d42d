"""What the demo shows: a public posture, an agreement, sample documents."""
