"""Formats that libraries in C or Rust read, taking what memory they like: each file in a process of its own."""
