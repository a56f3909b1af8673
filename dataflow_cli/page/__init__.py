"""One HTML file to click through a network: its data, and how they are written. It calls nobody."""
