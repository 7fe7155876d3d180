"""What changes, told as it happens: Server-Sent Events and WebSockets over one subscription a process."""
