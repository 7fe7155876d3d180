"""What a package needs: its content, gathered once into a file of its own, and the files that are made of it."""
