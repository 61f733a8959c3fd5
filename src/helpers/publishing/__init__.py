"""From a params file to a published folder: whole, checked, on time, or not at all."""
