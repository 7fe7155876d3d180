"""What a transform needs: files that go on growing where a run before has left them, and rows that become records."""
