"""What the tests of this service stand on."""
