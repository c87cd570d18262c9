"""The HTTP door: composes the capabilities' routers, serves the web client, streams news. No decisions of its own."""
