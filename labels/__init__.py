"""What the labels mean and which sentence carries which: codebook, sentences, annotations."""
