"""Files over HTTP: received by three protocols, listed, handed out, taken away."""
