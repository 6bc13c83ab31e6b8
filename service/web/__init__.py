"""The web door: JSON API, demo page and the server that carries them."""
