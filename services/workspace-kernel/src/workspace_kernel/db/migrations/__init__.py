"""The revisions of the schema, run by ``workspace_kernel.db.schema``."""
