"""From trees and sources back to text: the canonical form, generated source, edits in place."""
