"""A file of scores as one page to send or print, with its charts and tables as files beside it."""
