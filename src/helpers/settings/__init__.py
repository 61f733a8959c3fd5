"""What the YAML files of params/ may say, each fact once."""
