"""Submission of a compiled pipeline to Kubeflow Pipelines or Vertex AI, with their official clients."""
