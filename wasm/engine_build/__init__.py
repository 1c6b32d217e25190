"""How the engine is built: source fetched, compiled, booted, frozen into a snapshot.

Nothing of this is installed. `python -m engine_build` in the folder above builds by hand.
"""
