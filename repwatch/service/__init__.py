"""What the daemon tells the machine it runs on: the service manager, and whoever asks how it is."""
