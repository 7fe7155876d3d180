"""Readers of formats: each turns a file into stretches of rows, in bounded memory, every fault a fault of its row."""
