"""Looking at the model: the browser visualizer. Nothing may import it."""
