"""The HTTP resources: each reads a request, calls one part of the service, and words the answer."""
