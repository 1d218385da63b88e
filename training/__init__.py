"""How models come about: recipes, fitting, evaluation, tracking in MLflow, export to a bundle."""
