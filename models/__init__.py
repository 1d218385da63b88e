"""What predicts: the TF-IDF baseline, the reference predictors, and the bundle format."""
