"""The folder that a local stack keeps everything in."""
