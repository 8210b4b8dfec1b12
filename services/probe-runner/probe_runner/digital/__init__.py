"""Digital channels: write as a customer would, until a human has answered or surely will not."""
