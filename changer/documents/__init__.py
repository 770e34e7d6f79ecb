"""The JSON documents of commands as functions of what they show, for --json and for the web."""
