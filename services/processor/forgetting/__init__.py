"""What is forgotten after a time, and how: in small transactions that nobody has to wait for."""
