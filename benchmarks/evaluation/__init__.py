"""What our models and the baselines reach on data that nobody on this project made."""
