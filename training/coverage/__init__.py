"""Whether the intervals of estimates hold, and the table and picture that show it."""
