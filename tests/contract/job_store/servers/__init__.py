"""What the store keeps when its server dies, fails over, or has another clock."""
