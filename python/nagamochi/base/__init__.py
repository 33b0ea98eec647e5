"""What every room of the house uses: checks of arguments, files written whole."""
